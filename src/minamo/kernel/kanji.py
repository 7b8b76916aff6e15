"""異体字: name kanji folded onto the common form, for search only. One line per common form: first the form, then the
variants people type or have in their register."""

_GROUPS = """
高髙 崎﨑嵜碕 吉𠮷 辺邉邊 斉齊齋斎 浜濱濵 真眞 国國圀 沢澤 広廣 島嶋嶌 桜櫻 円圓 会會 渡渉 竜龍 滝瀧 栄榮 恵惠 徳德 礼禮
館舘 緑綠 寿壽 静靜 亀龜 黒黑 関關 間閒 薗園 遠逺 冨富 児兒 実實 宝寶 斗鬪 万萬 豊豐 与與 亜亞 団團 来來 聡聰 総總
桑桒 条條 将將 壮壯 荘莊 県縣 経經 軽輕 芸藝 権權 顕顯 験驗 検檢 剣劍劔 厳嚴 効效 晃晄 鉱鑛 号號 済濟 剤劑 雑雜
参參 蚕蠶 賛贊 残殘 糸絲 歯齒 辞辭 湿濕 写寫 釈釋 収收 従從 渋澁 縦縱 粛肅 処處 緒緖 叙敍 奨奬 焼燒 証證 乗乘 浄淨
剰剩 畳疊 嬢孃 譲讓 触觸 嘱囑 慎愼 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 斉齊 窃竊 摂攝 専專 浅淺
戦戰 践踐 銭錢 潜潛 繊纖 禅禪 双雙 捜搜 挿插 騒騷 増增 蔵藏 臓臟 即卽 属屬 続續 堕墮 対對 体體 帯帶 滞滯 台臺 択擇
担擔 単單 胆膽 断斷 弾彈 遅遲 昼晝 虫蟲 鋳鑄 庁廳 徴徵 聴聽 鎮鎭 逓遞 鉄鐵鐡 転轉 点點 伝傳 灯燈 当當 党黨 盗盜 稲稻
闘鬪 独獨 読讀 届屆 縄繩 弐貳 悩惱 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 発發 髪髮 抜拔 蛮蠻 秘祕 浜濱 瓶甁 払拂 仏佛 並竝
変變 辺邊 弁辨 辯瓣 舗舖 褒襃 翻飜 毎每 満滿 黙默 弥彌 訳譯 薬藥 予豫 余餘 誉譽 揺搖 様樣 謡謠 頼賴 乱亂 覧覽 両兩
猟獵 塁壘 励勵 霊靈 齢齡 恋戀 炉爐 労勞 楼樓 録錄 湾灣 桧檜 槙槇 桝枡 鴬鶯 蝿蠅 撹攪 晋晉 暦曆 歴歷 横橫 温溫 穏穩
仮假 価價 画畫 懐懷 壊壞 拡擴 覚覺 学學 岳嶽 楽樂 勧勸 巻卷 歓歡 観觀 陥陷 帰歸 気氣 旧舊 拠據 挙擧 峡峽 狭狹 郷鄕
暁曉 区區 駆驅 勲勳薫 薫薰 径徑 渓溪 継繼 茎莖 蛍螢 鶏鷄雞 芦蘆 籠篭 柳栁 桐梧 曽曾 強强 魚𩵋 橋𣘺 梅楳 船舩 畑畠 野埜
峰峯 崋華 秋穐 杉椙 藤籐 西覀 柏栢 彦彥 侠俠 頬頰 鯵鰺 鹸鹼 麺麵 桟棧 涙淚 虎乕 角⻆ 邦邫 郎郞 配㔫 雄䧺 昂昻 梁樑
瑶瑤 穣穰 尭堯 遥遙 凛凜 煕熙凞 巌巖 砺礪 祷禱 禄祿 秦𥘅 埼﨑 土圡 戸戶户 文𡉴 角𧢲 梶枙 柿杮 桂𣏌 能䏻 裕𧘱 達逹 博愽
船舡 卯夘 己巳 仙僊 俊儁 笠𥫣 節卩
"""


def _table() -> dict[str, str]:
    """Variant → common form. The first group a character appears in decides; a common form is never folded away."""
    common = {group[0] for group in _GROUPS.split()}
    folds: dict[str, str] = {}
    for group in _GROUPS.split():
        for variant in group[1:]:
            if variant not in common:
                folds.setdefault(variant, group[0])
    return folds


FOLDS = _table()
