// The form library has its messages in English, without a place for others. This script puts Chinese ones in their
// place as they appear: inside forms only, whole texts only, so that nothing that people typed is touched.

const TEXTS = new Map(Object.entries({
  'Field is required.': '此项必填。',
  'Value is not a number.': '请填写数字。',
  'Value is expected to be an integer.': '请填写整数。',
  'Date and time must both be entered.': '日期和时间都要填写。',
  'Field must be a valid email.': '请填写有效的电子邮箱。',
  'Nothing to show.': '没有内容。',
  'No results': '没有匹配的选项',
  'All values selected': '已全部选择',
  'Add new': '添加一行',
  Remove: '删除',
  Select: '请选择',
  Search: '搜索',
  'Expand all': '全部展开',
  Collapse: '收起',
  Increment: '增加',
  Decrement: '减少',
  "External content couldn't be loaded.": '外部内容没有打开。',
  'No content to show.': '没有内容。',
  'Remove tag': '删除',
  'Click to remove sorting': '点击取消排序',
  'This is an image placeholder': '没有图片',
  'Powered by bpmn.io': '表单由 bpmn.io 提供',
  'Previous page': '上一页',
  'Next page': '下一页',
  Sun: '日', Mon: '一', Tue: '二', Wed: '三', Thu: '四', Fri: '五', Sat: '六',
  January: '一月', February: '二月', March: '三月', April: '四月', May: '五月', June: '六月',
  July: '七月', August: '八月', September: '九月', October: '十月', November: '十一月', December: '十二月'
}));

const PATTERNS = [
  [/^Field must have minimum value of (.+)\.$/, '不能小于 $1。'],
  [/^Field must have maximum value of (.+)\.$/, '不能大于 $1。'],
  [/^Field must have minimum length of (.+)\.$/, '至少填写 $1 个字符。'],
  [/^Field must have maximum length of (.+)\.$/, '最多填写 $1 个字符。'],
  [/^Value is expected to have at most (.+) decimal digits?\.$/, '最多填写 $1 位小数。'],
  [/^Please select a valid value, the two nearest valid values are (.+) and (.+)\.$/,
    '不能填写这个数；最接近的是 $1 和 $2。'],
  [/^Click to sort by (.+) ascending$/, '点击按“$1”升序排列'],
  [/^Click to sort by (.+) descending$/, '点击按“$1”降序排列'],
  [/^Field must match pattern .+\.$/s, '格式不正确。'],
  [/^Field must be a valid\s+international phone number\..*$/, '请填写带国际区号的电话号码，例如 +8613800138000。'],
  [/^Remove list item (\d+)$/, '删除第 $1 行'],
  [/^Expand all \((\d+)\)$/, '全部展开（$1）'],
  [/^(\d+)-(\d+) of (\d+)$/, '第 $1–$2 行，共 $3 行']
];

const FORM = '.fjs-container, .flatpickr-calendar';
// A cell shows the case's data and a label is the analyst's text: neither is the library's.
const DATA = 'td, label, .fjs-form-field-text, .fjs-form-field-html, textarea, [contenteditable]';
const ATTRIBUTES = ['placeholder', 'title', 'aria-label'];

const chinese = text => {
  const trimmed = text.trim();
  if (TEXTS.has(trimmed)) return TEXTS.get(trimmed);
  const found = PATTERNS.find(([pattern]) => pattern.test(trimmed));
  return found && trimmed.replace(found[0], found[1]);
};

const translateText = node => {
  const parent = node.parentElement;
  if (!parent || !parent.closest(FORM)) return;
  if (parent.closest(DATA) && node.data.trim() !== 'Nothing to show.') return;
  const text = chinese(node.data);
  if (text) node.data = text;
};

const translateAttributes = element => {
  if (!element.closest(FORM)) return;
  for (const name of ATTRIBUTES) {
    const text = element.hasAttribute(name) && chinese(element.getAttribute(name));
    if (text) element.setAttribute(name, text);
  }
};

const translate = root => {
  if (root.nodeType === Node.TEXT_NODE) return translateText(root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = root; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) translateText(node);
    else translateAttributes(node);
  }
};

new MutationObserver(changes => {
  for (const change of changes) {
    if (change.type === 'characterData') translateText(change.target);
    else if (change.type === 'attributes') translateAttributes(change.target);
    else change.addedNodes.forEach(translate);
  }
}).observe(document.documentElement, {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeFilter: ATTRIBUTES
});
