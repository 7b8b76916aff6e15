"""Pure rules of 規程: layers of the text, the difference in words, deadlines of the law, what is due."""
