// Where staff change their password; Chinese like Tasklist.
export default {
  locales: {
    availableLocales: ['zh-CN'],
    fallbackLocale: 'zh-CN'
  },
  disableWelcomeMessage: true
};
