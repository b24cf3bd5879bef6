"""The one catalogue of what an error says to a person. Kind, concrete, and telling what to do next.

Codes are those of ``DomainError``; ``{name}`` is filled from its params, amounts (``…fen``) already written as ¥.
"""

ERROR_TEXTS: dict[str, str] = {
    "unknown": "没办成，请再试一次。还不行的话，请把页面下方的编号告诉客服。",
    # web
    "web.400": "这个请求我们没看懂，请返回上一页再试。",
    "web.401": "请先登录。",
    "web.403": "您的账号没有这项权限。需要的话，请联系管理员。",
    "web.404": "没有找到这个页面，可能已经下架，或者网址少了几个字。",
    "web.405": "这个页面不支持这样的操作。",
    "web.408": "等太久了，请再试一次。",
    "web.413": "文件太大了，单次上传请不要超过 16 MB。",
    "web.415": "不支持这种文件。",
    "web.422": "有内容填得不对，请检查后再提交。",
    "web.429": "操作太快了，请歇一分钟再试。",
    "web.500": "我们这边出了点问题，已经记下来了。您的数据没有丢，请稍后再试。",
    "web.csrf": "页面放得太久，已经过期。请返回刷新后再提交，填过的内容还在。",
    "not_found": "没有找到，可能已经下架，或者不归您查看。",
    "forbidden": "您的账号没有这项权限。",
    "workflow.illegal": "现在的状态不能这样操作，可能别人刚刚处理过，请刷新看看。",
    # accounts
    "accounts.username": "账号用 3–30 个小写字母、数字、横线，以字母开头；或者直接填手机号。",
    "accounts.password_length": "密码至少 {minimum} 位。",
    "accounts.password_common": "这个密码太容易被猜到，请换一个。",
    "accounts.taken": "这个手机号或账号已经注册过，可以直接登录。",
    "accounts.login_failed": "账号或密码不对，请检查后再试。",
    "accounts.wait": "试的次数太多了，请 {minutes} 分钟后再试。",
    "accounts.wrong_current": "现在的密码不对。",
    "accounts.not_yourself": "不能停用自己的账号。",
    # input
    "money.not_an_amount": "请填金额，例如 29.90。",
    "upload.empty": "这个文件是空的，请重新选择。",
    "upload.too_large": "文件太大了，请不要超过 {megabytes} MB。",
    "upload.too_many_pixels": "图片尺寸太大，请不要超过 {megapixels} 百万像素。",
    "upload.not_an_image": "这不是能识别的图片，请上传 JPG、PNG 或 WebP。",
    "upload.broken_pdf": "这个 PDF 打不开，请重新导出再上传。",
    # regions
    "regions.unknown": "没有这个地区，请重新选择。",
    # stock
    "stock.sold_out": "售罄了，手慢了一步。可以看看同村的其他货。",
    "stock.too_few": "只剩 {left} 份了，请把数量改少一点。",
    "stock.short": "库存对不上，请刷新后再试。",
    "stock.units": "数量请填 1 到 {maximum} 之间的整数。",
    "stock.reason": "请写明为什么要改库存。",
}
