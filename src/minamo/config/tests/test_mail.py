"""Mail over a line to a server: encrypted before anything is said, the certificate checked, the password never in the open."""

import datetime as dt
import ipaddress
import socketserver
import ssl
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "a-password-of-the-mail-server"
SEND = "import django; django.setup(); from django.core.mail import send_mail; send_mail('件名', '本文', None, ['a@example.jp'])"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail of a test")])
    at = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)).not_valid_after(dt.datetime(2090, 1, 1, tzinfo=dt.UTC))
        .add_extension(at, critical=False).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("mail") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Speaker(socketserver.StreamRequestHandler):
    """As much of SMTP as one letter needs. What was heard is kept with whether the line was encrypted then."""

    server: Any

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def encrypt(self) -> bool:
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:  # the other side does not trust us
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return True

    def handle(self) -> None:
        """One conversation."""
        closed = self.server.implicit
        if closed and not self.encrypt():
            return
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            self.server.heard.append((closed, line))
            verb = line.split()[0].upper()
            if verb == "EHLO":
                offers = ["AUTH PLAIN"] if closed else ["STARTTLS"] if self.server.offers else ["AUTH PLAIN"]
                self.say(f"250-test\r\n250 {offers[0]}")
            elif verb == "STARTTLS":
                self.say("220 go on")
                if not self.encrypt():
                    return
                closed = True
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "DATA":
                self.say("354 go on")
                while (part := self.rfile.readline().decode().strip()) != ".":
                    self.server.heard.append((closed, part))
                self.say("250 taken")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 fine")


@contextmanager
def server(certificate: Path, *, offers: bool = True, implicit: bool = False) -> Iterator[Any]:
    """A mail server on a free port; `offers`: STARTTLS."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaker) as made:
        more: Any = made
        more.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        more.context.load_cert_chain(certificate)
        more.offers, more.implicit, more.heard = offers, implicit, []
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def run(code: str, tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    fixed = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[3]), "MINAMO_VAR": str(tmp_path), "PYTHONIOENCODING": "utf-8",
             "DJANGO_SETTINGS_MODULE": "minamo.config.settings", "MINAMO_SECRET_KEY": "x" * 40}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code], env=fixed | environment, capture_output=True, text=True, check=False
    )


def send(made: Any, tmp_path: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    secret = tmp_path / "password"
    secret.touch(0o600)
    secret.write_text(f"{PASSWORD}\n")
    return run(SEND, tmp_path, MINAMO_MAIL_HOST="127.0.0.1", MINAMO_MAIL_PORT=str(made.server_address[1]), MINAMO_MAIL_USER="minamo",
               MINAMO_MAIL_PASSWORD_FILE=str(secret), **more)  # fmt: skip


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
def test_a_letter_goes_over_a_line_that_is_closed(certificate: Path, tmp_path: Path, kind: str) -> None:
    more = {} if kind == "starttls" else {"MINAMO_MAIL_TLS": kind}
    with server(certificate, implicit=kind == "implicit") as made:
        said = send(made, tmp_path, SSL_CERT_FILE=str(certificate), MINAMO_MAIL_FROM="学校 <school@example.jp>", **more)
    assert said.returncode == 0, said.stderr
    opened = [line.split()[0].upper() for closed, line in made.heard if not closed]
    assert opened == ([] if kind == "implicit" else ["EHLO", "STARTTLS"])
    (proof,) = [line for _, line in made.heard if line.startswith("AUTH")]
    assert b64decode(proof.split()[2]) == f"\0minamo\0{PASSWORD}".encode()
    assert any(line.startswith("mail FROM:<school@example.jp>") for _, line in made.heard)
    assert any(line == "rcpt TO:<a@example.jp>" for _, line in made.heard)


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
def test_a_certificate_nobody_vouches_for_ends_it(certificate: Path, tmp_path: Path, kind: str) -> None:
    with server(certificate, implicit=kind == "implicit") as made:
        said = send(made, tmp_path, MINAMO_MAIL_TLS=kind)
    assert said.returncode != 0 and "CERTIFICATE_VERIFY_FAILED" in said.stderr
    assert [line for _, line in made.heard if line.upper().startswith(("AUTH", "MAIL", "RCPT"))] == []


def test_a_server_that_offers_no_encryption_gets_neither_password_nor_letter(certificate: Path, tmp_path: Path) -> None:
    with server(certificate, offers=False) as made:
        said = send(made, tmp_path, SSL_CERT_FILE=str(certificate))
    assert said.returncode != 0 and "STARTTLS" in said.stderr
    assert [line for _, line in made.heard if line.upper().startswith(("AUTH", "MAIL", "RCPT"))] == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"MINAMO_MAIL_TLS": "none"}, "MINAMO_MAIL_TLS"),
        ({"MINAMO_MAIL_USER": "minamo"}, "両方"),
        ({"MINAMO_MAIL_USER": "minamo", "MINAMO_MAIL_PASSWORD": "x", "MINAMO_MAIL_TLS": "off"}, "暗号化されず"),
    ],
)
def test_what_does_not_fit_ends_the_start_with_a_sentence(tmp_path: Path, given: dict[str, str], words: str) -> None:
    said = run(SEND, tmp_path, MINAMO_MAIL_HOST="mail.example", **given)
    assert said.returncode == 1 and words in said.stderr and "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "filebased 587 True False"),
        ({"MINAMO_MAIL_HOST": "mail.example"}, "smtp 587 True False"),
        ({"MINAMO_MAIL_HOST": "mail.example", "MINAMO_MAIL_TLS": "implicit"}, "smtp 465 False True"),
        ({"MINAMO_MAIL_HOST": "mail.example", "MINAMO_MAIL_TLS": "off"}, "smtp 25 False False"),
        ({"MINAMO_MAIL_HOST": "mail.example", "MINAMO_MAIL_PORT": "2525"}, "smtp 2525 True False"),
        ({"MINAMO_EMAIL_BACKEND": "x.dummy.Backend", "MINAMO_MAIL_HOST": "mail.example"}, "dummy 587 True False"),
    ],
)
def test_without_a_host_letters_lie_as_files(tmp_path: Path, given: dict[str, str], wanted: str) -> None:
    code = "from django.conf import settings as s; print(s.EMAIL_BACKEND.split('.')[-2], s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL)"
    assert run(code, tmp_path, **given).stdout.strip() == wanted
