"""What pages, tables and inputs of any kind say."""

TEXTS: dict[str, str] = {
    "unknown": "没办成，请再试一次。还不行的话，请把页面下方的编号告诉客服。",
    # web
    "web.400": "这个请求我们没看懂，请返回上一页再试。",
    "web.401": "没有带访问凭证，或者凭证已经失效，请重新取得。",
    "web.403": "您的账号没有这项权限。需要的话，请联系管理员。",
    "web.404": "没有找到这个页面，可能已经下架，或者网址少了几个字。",
    "web.405": "这个页面不支持这样的操作。",
    "web.408": "等太久了，请再试一次。",
    "web.413": "文件太大了，单次上传请不要超过 16 MB。",
    "web.415": "不支持这种文件。",
    "web.422": "有内容填得不对，请检查后再提交。",
    "web.429": "操作太快了，请歇一分钟再试。",
    "web.500": "我们这边出了点问题，已经记下来了。您的数据没有丢，请稍后再试。",
    "web.503": "网站的存储空间满了，刚才这一步没有办成，什么都没有改动，也没有扣款。我们正在处理，请过几分钟再试。",
    "web.csrf": "页面放得太久，已经过期。请返回刷新后再提交，填过的内容还在。",
    "not_found": "没有找到，可能已经下架，或者不归您查看。",
    "forbidden": "您的账号没有这项权限。",
    "workflow.illegal": "现在的状态不能这样操作，可能别人刚刚处理过，请刷新看看。",
    # api
    "api.json": "正文不是 JSON：请用 UTF-8，没有 NaN，也不要嵌套太深。",
    "api.media_type": "正文要是 JSON，Content-Type 写 application/json。",
    "api.too_large": "正文太大了，不要超过 {kilobytes} KB。",
    # demo
    "demo.not_empty": "这里已经有账号了，演示数据只装进空的店里。",
    # sheets
    "sheets.too_large": "表格太大了，请不要超过 {megabytes} MB。",
    "sheets.not_xlsx": "这不是能读的表格，请另存为 .xlsx 再传。",
    "sheets.headings": "表头缺了这几列：{missing}。请用我们的模板填。",
    "sheets.too_many_rows": "一次最多导入 {most} 行，请分几个文件传。",
    "sheets.too_wide": "这个表格太大了：很靠下或者很靠右的地方还有字。请把要导入的几列复制到一个新表格里再传。",
    "sheets.empty": "表格里没有数据，请从第二行开始填。",
    "outbox.not_failed": "这一条没有失败，不用重试，可能别人刚刚处理过。",
    "imports.gone": "这个表格已经不在了（导入过，或者又传了一份新的），请重新上传。",
    "imports.seen_other": "看过预览以后，又有人改过登记的内容，什么都没有写。下面是现在会改的，请再看一遍。",
    "imports.moved_on": "看过预览以后，登记的内容有了变化，这个表格现在有 {count} 处对不上，什么都没有写。请重新上传再看一遍。",
    # input
    "money.not_an_amount": "请填金额，例如 29.90。",
    "money.too_large": "金额太大了，一次最多 {limit_fen}。",
    "upload.empty": "这个文件是空的，请重新选择。",
    "upload.too_large": "文件太大了，请不要超过 {megabytes} MB。",
    "upload.too_many_pixels": "图片尺寸太大，请不要超过 {megapixels} 百万像素。",
    "upload.not_an_image": "这不是能识别的图片，请上传 JPG、PNG 或 WebP。",
    "upload.broken_pdf": "这个 PDF 打不开，请重新导出再上传。",
    "parameters.value": "请填 0 到 10 亿之间的整数。",
    "parameters.source": "请写明依据：文件名、文号或会议记录，至少 {minimum} 个字。",
    # regions
    "regions.unknown": "没有这个地区，请重新选择。",
}
