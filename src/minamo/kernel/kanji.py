"""異体字: name kanji folded onto the common form, for search only. Each group is the common form and then the variants
people type or have in their register. A character stands in one group only; different kanji that merely sound or look
alike (坂・阪, 桐・梧, 巳・己) are not folded, since that would make strangers one person.

CJK compatibility ideographs (塚 U+FA10, 福 U+FA1B …) need no line here: names.py folds them by their decomposition.
"""

_OLD_AND_NEW_FORMS = """
亜亞 悪惡 圧壓 囲圍 医醫 為爲 壱壹 飲飮 隠隱 栄榮 営營 衛衞 鋭銳 駅驛 悦悅 閲閱 円圓 塩鹽 縁緣 艶艷 応應 欧歐 殴毆 桜櫻 奥奧
横橫 温溫 穏穩 仮假 価價 画畫 会會 回囘 絵繪 壊壞 懐懷 概槪 拡擴 殻殼 覚覺 学學斈 岳嶽 楽樂 缶罐 巻卷 陥陷 勧勸 寛寬 関關
歓歡 観觀 顔顏 気氣 帰歸 既旣 亀龜 偽僞 戯戲 犠犧 旧舊 拠據 挙擧 虚虛 峡峽 挟挾 狭狹 教敎 郷鄕鄉 暁曉 尭堯 区區 駆驅 勲勳 薫薰
群羣 径徑 茎莖 恵惠 渓溪 経經 蛍螢 軽輕 継繼 鶏鷄雞 芸藝 撃擊 研硏 県縣 倹儉 剣劍劔劒 険險 圏圈 検檢 献獻 権權 顕顯 験驗
厳嚴 広廣 効效 恒恆 黄黃 鉱鑛 号號 国國圀 黒黑 砕碎 済濟 歳歲 剤劑 冊册 桟棧 蚕蠶 参參 産產 賛贊 残殘 糸絲 姉姊 児兒 歯齒
辞辭 実實 写寫 舎舍 釈釋 寿壽 収收 衆眾 従從 渋澁澀 獣獸 縦縱 粛肅 処處 緒緖 叙敍 将將 焼燒 証證 奨奬 条條 状狀 乗乘 浄淨
剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 真眞 慎愼 寝寢 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 青靑
清淸 斉齊齋斎 静靜 税稅 窃竊 摂攝 説說 専專 浅淺 戦戰 践踐 銭錢 潜潛 繊纖 禅禪 双雙 壮壯 争爭 荘莊 捜搜 挿插 巣巢 曽曾
痩瘦 装裝 総總 騒騷 増增 蔵藏 臓臟 即卽 属屬 続續 堕墮 対對 体體 帯帶 滞滯 台臺 滝瀧 択擇 沢澤 脱脫 担擔 単單 胆膽 団團
断斷 弾彈 遅遲 痴癡 昼晝 虫蟲 鋳鑄 庁廳 聴聽 徴徵 鎮鎭 逓遞 鉄鐵鐡銕 点點 転轉 伝傳 灯燈 当當 党黨 盗盜 稲稻 闘鬪 独獨
徳德 読讀 届屆 弐貳 悩惱 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 発發 髪髮 抜拔 蛮蠻 秘祕 彦彥 姫姬 浜濱濵 瓶甁 払拂 仏佛 並竝 辺邊邉
変變 弁辨辯瓣 歩步 舗舖 豊豐 褒襃 翻飜 毎每 万萬 満滿 黙默 弥彌 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖 様樣 謡謠 遥遙 瑶瑤 頼賴
来來 乱亂 覧覽 竜龍 両兩 猟獵 緑綠 塁壘 涙淚泪 励勵 礼禮 霊靈 齢齡 暦曆 歴歷 恋戀 炉爐 労勞 郎郞 楼樓 録錄 湾灣
"""

_NAMES_AND_PLACES = """
高髙 崎﨑嵜碕 吉𠮷 島嶋嶌 園薗 遠逺 間閒 富冨 館舘 聡聰 桑桒 晃晄 桧檜 槙槇 桝枡 鴬鶯 晋晉 凛凜 煕熙凞 巌巖 砺礪 祷禱
禄祿 土圡 戸戶户 達逹 博愽 卯夘 仙僊 俊儁 籠篭 芦蘆 橋𣘺 魚𩵋 強强 峰峯 華崋 秋穐龝 杉椙 藤籐 柏栢 柳栁桺 侠俠 鯵鰺 鹸鹼
頬頰 虎乕 昂昻 梁樑 穣穰 野埜 畑畠 船舩舡 冴冱 亘亙 涼凉 淵渊渕 刈苅 薮藪籔 靭靱 頴穎 蒋蔣 蝉蟬 祢禰 鴎鷗 莱萊 掻搔 填塡
剥剝 噛嚙 繋繫 醤醬 涛濤 焔焰 屏屛 并幷 侭儘 壷壺 竃竈 諌諫 賎賤 迩邇 麹麴 麺麵 餅餠 攪撹 蛎蠣 蝿蠅 梼檮 昇曻 隣鄰 杯盃
松枩柗 留畱畄 略畧 宝寶寳 鶴靏靍 裏裡 喜㐂 協恊 往徃 恥耻 村邨 槍鎗 毘毗 氷冰 沖冲 湧涌 煙烟 猪豬 猫貓 珍珎 畝畆 皐皋 竪豎
纏纒 耕畊 蘇蘓 讃讚 邦邫 鈎鉤 雁鴈 雄䧺 鼓皷 呑吞 唖啞 鬱欝 宮宫 梅楳 曳曵 箪簞 篠筱 萌萠 鑑鑒
"""

GROUPS = tuple((_OLD_AND_NEW_FORMS + _NAMES_AND_PLACES).split())
"""Groups of one kanji each: the common form first."""

FOLDS = {variant: group[0] for group in GROUPS for variant in group[1:]}
"""Variant → common form."""
