"""Towns, zones, industries and operation items (R1.4, R2.6, R3.8).

The codes of the towns have gaps (108 and 110): the list is written out.
"""

from django.db import migrations

TOWNS = """
440883001 梅菉街道 street
440883002 塘尾街道 street
440883003 大山江街道 street
440883004 博铺街道 street
440883005 海滨街道 street
440883100 浅水镇 town
440883101 长岐镇 town
440883102 覃巴镇 town
440883103 王村港镇 town
440883104 振文镇 town
440883105 樟铺镇 town
440883106 吴阳镇 town
440883107 塘㙍镇 town 塘缀镇
440883109 黄坡镇 town
440883111 兰石镇 town
"""

ZONES = """
Z01 市经济开发区
Z02 吴川工业园
"""

# High-hazard by Order 3, articles 9 and 13: these and no others.
INDUSTRIES = """
ROAD_TRANSPORT 道路交通
FIRE 消防
CONSTRUCTION 建筑施工
NONCOAL_MINE 非煤矿山 yes
HAZCHEM 危险化学品 yes
FIREWORKS 烟花爆竹 yes
AMMONIA 涉氨制冷
SPECIAL_EQUIPMENT 特种设备
WATERWAY 水上交通
FISHING 渔业船舶
FARM_MACHINERY 农业机械
WATER_WORKS 水利
CIVIL_EXPLOSIVE 民用爆炸物品
POWER 电力
DUST 粉尘涉爆
METALLURGY 冶金
SMELTING 金属冶炼 yes
BUILDING_MATERIALS 建材
CHEMICAL 化工
LIGHT_INDUSTRY 轻工
PLASTIC_SHOES 塑料制鞋
DOWN 羽绒
TEXTILE 纺织
ELECTRONICS 电子
MACHINERY 机械
CROWDED_PLACE 人员密集场所
OTHER_TRADE 其他工贸
CONFINED_SPACE 有限空间作业
HOT_WORK 动火作业
OH_KEY 职业健康重点行业
FIREWORKS_RETAIL 烟花爆竹零售 undecided
"""

ITEMS = """
1 电工作业
高压电工作业 低压电工作业 防爆电气作业 电力电缆作业 继电保护作业 电气试验作业
2 焊接与热切割作业
熔化焊接与热切割作业 压力焊作业 钎焊作业
3 高处作业
登高架设作业 高处安装、维护、拆除作业
4 制冷与空调作业
制冷与空调设备运行操作作业 制冷与空调设备安装修理作业
5 煤矿安全作业
煤矿井下电气作业 煤矿井下爆破作业 煤矿安全监测监控作业 煤矿瓦斯检查作业 煤矿安全检查作业 煤矿提升机操作作业 煤矿采煤机（掘进机）操作作业 煤矿瓦斯抽采作业 煤矿防突作业 煤矿探放水作业
6 金属非金属矿山安全作业
金属非金属矿井通风作业 尾矿作业 金属非金属矿山安全检查作业 金属非金属矿山提升机操作作业 金属非金属矿山支柱作业 金属非金属矿山井下电气作业 金属非金属矿山排水作业 金属非金属矿山爆破作业
7 石油天然气安全作业
司钻作业
8 冶金（有色）生产安全作业
煤气作业
9 危险化学品安全作业
光气及光气化工艺作业 氯碱电解工艺作业 氯化工艺作业 硝化工艺作业 合成氨工艺作业 裂解（裂化）工艺作业 氟化工艺作业 加氢工艺作业 重氮化工艺作业 氧化工艺作业 过氧化工艺作业 胺基化工艺作业 磺化工艺作业 聚合工艺作业 烷基化工艺作业 化工自动化控制仪表作业
10 烟花爆竹安全作业
烟火药制造作业 黑火药制造作业 引火线制造作业 烟花爆竹产品涉药作业 烟花爆竹储存作业
"""


def lines(text):
    return [line.split() for line in text.strip().splitlines()]


def load(apps, schema_editor):
    def model(name):
        return apps.get_model("people", name).objects

    for code, name, kind, *alias in lines(TOWNS):
        values = {"name": name, "kind": kind, "alias": "".join(alias)}
        model("Town").get_or_create(code=code, defaults=values)
    for code, name in lines(ZONES):
        model("Zone").get_or_create(code=code, defaults={"name": name})
    for code, name, *hazard in lines(INDUSTRIES):
        values = {"name": name, "high_hazard": "".join(hazard) or "no"}
        model("Industry").get_or_create(code=code, defaults=values)
    position = 0
    rows = iter(lines(ITEMS))
    for (category, category_name), names in zip(rows, rows, strict=True):
        for number, name in enumerate(names, start=1):
            position += 1
            values = {
                "name": name,
                "category_code": category,
                "category_name": category_name,
                "position": position,
            }
            code = f"{category}.{number}"
            model("OperationItem").get_or_create(code=code, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    # Going back leaves the rows: organisations and posts may stand on them.
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
