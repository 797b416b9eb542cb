// Where staff change their password; Chinese like Tasklist.
export default {
  app: { vendor: '销售流程', name: '首页' },
  locales: {
    availableLocales: ['zh-CN'],
    fallbackLocale: 'zh-CN'
  },
  disableWelcomeMessage: true
};
