// The embedded engine: Spring Boot's starter for Camunda, with passwords on REST. Run by groovy.ui.GroovyMain, because
// the Java runtime from the wheel has no compiler. Configuration: application.yaml beside this file; the classes of
// package salesflow stand in groovy/, which is on the classpath.

import jakarta.servlet.FilterConfig
import org.camunda.bpm.engine.AuthorizationException
import org.camunda.bpm.engine.ProcessEngine
import org.camunda.bpm.engine.impl.cfg.AbstractProcessEnginePlugin
import org.camunda.bpm.engine.impl.cfg.IdGenerator
import org.camunda.bpm.engine.impl.cfg.ProcessEngineConfigurationImpl
import org.camunda.bpm.engine.impl.cfg.ProcessEnginePlugin
import org.camunda.bpm.engine.impl.cmd.StartProcessInstanceAtActivitiesCmd
import org.camunda.bpm.engine.impl.history.event.HistoricFormPropertyEventEntity
import org.camunda.bpm.engine.impl.history.event.HistoricVariableUpdateEventEntity
import org.camunda.bpm.engine.impl.history.event.HistoryEvent
import org.camunda.bpm.engine.impl.history.handler.DbHistoryEventHandler
import org.camunda.bpm.engine.impl.interceptor.Command
import org.camunda.bpm.engine.impl.interceptor.CommandInterceptor
import org.camunda.bpm.engine.rest.security.auth.ProcessEngineAuthenticationFilter
import org.camunda.bpm.spring.boot.starter.rest.CamundaJerseyResourceConfig
import org.camunda.spin.Spin
import org.camunda.spin.SpinRuntimeException
import org.springframework.boot.SpringApplication
import org.springframework.boot.SpringBootConfiguration
import org.springframework.boot.autoconfigure.EnableAutoConfiguration
import org.springframework.boot.web.servlet.FilterRegistrationBean
import org.springframework.context.annotation.Bean
import org.springframework.core.env.Environment
import salesflow.BatchCompletion
import salesflow.Logins
import salesflow.OrderedIds
import salesflow.Rights
import salesflow.TaskOrder

@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Engine {

    /** Every call to REST names a user of the engine and the password, the list of engines too. */
    @Bean
    FilterRegistrationBean restAuthentication(Environment environment) {
        def filter = new FilterRegistrationBean(new RestAuthentication(environment.getProperty('salesflow.worker.id')))
        filter.name = 'rest-authentication'
        filter.addUrlPatterns('/engine-rest/*')
        filter.asyncSupported = true
        filter
    }

    /** The engine's REST interface, and our own resource beside it. */
    @Bean
    CamundaJerseyResourceConfig rest() {
        new Rest()
    }

    /** The two technical accounts exist and have the passwords of var/credentials.toml, also after it was lost. */
    @Bean
    ProcessEnginePlugin technicalAccounts(Environment environment) {
        new TechnicalAccounts(environment)
    }

    /** New rows stand together in every index, however much history there is. */
    @Bean
    IdGenerator orderedIds() {
        new OrderedIds()
    }

    /** Workers fetch by priority and age without sorting all that is open. */
    @Bean
    ProcessEnginePlugin taskOrder() {
        new TaskOrder()
    }

    /** Workers fetch without a look at the rights on each task that is open. */
    @Bean
    ProcessEnginePlugin rights() {
        new Rights.Plugin()
    }

    /** Nobody starts a process in the middle. */
    @Bean
    ProcessEnginePlugin startsAtTheBeginning(Environment environment) {
        new StartsAtTheBeginning(environment)
    }

    /** What forms and workers sent is kept for years; whole phone and ID numbers are not. */
    @Bean
    ProcessEnginePlugin masksItsHistory() {
        new MasksItsHistory()
    }
}

class Rest extends CamundaJerseyResourceConfig {
    @Override
    protected void registerAdditionalResources() {
        register(BatchCompletion)
    }
}

class RestAuthentication extends ProcessEngineAuthenticationFilter {
    private final String worker

    RestAuthentication(String worker) {
        this.worker = worker
    }

    @Override
    void init(FilterConfig configuration) {
        authenticationProvider = new Logins(worker)
    }

    @Override
    protected boolean requiresEngineAuthentication(String url) {
        true
    }
}

/**
 * Whoever may start a process could start it in the middle, behind the steps in which people sign: the engine asks for
 * no further right. Here only the administrator may.
 */
class StartsAtTheBeginning extends AbstractProcessEnginePlugin {
    private final String admin

    StartsAtTheBeginning(Environment environment) {
        this.admin = environment.getProperty('camunda.bpm.admin-user.id')
    }

    @Override
    void preInit(ProcessEngineConfigurationImpl configuration) {
        if (configuration.customPreCommandInterceptorsTxRequired == null) {
            configuration.customPreCommandInterceptorsTxRequired = []
        }
        configuration.customPreCommandInterceptorsTxRequired.add(new Guard(configuration, admin))
    }

    static class Guard extends CommandInterceptor {
        private final ProcessEngineConfigurationImpl configuration
        private final String admin

        Guard(ProcessEngineConfigurationImpl configuration, String admin) {
            this.configuration = configuration
            this.admin = admin
        }

        @Override
        <T> T execute(Command<T> command) {
            if (command instanceof StartProcessInstanceAtActivitiesCmd) {
                def user = configuration.identityService.currentAuthentication?.userId
                if (user != null && user != admin) {
                    throw new AuthorizationException("${user} may start a process at its beginning only".toString())
                }
            }
            return next.execute(command)
        }
    }
}

/**
 * A customer's phone stands in their record. In a process it is whole while whoever calls has the task; the engine's
 * history would keep every such value, the copies of ended tasks and the fields of sent forms too: it keeps them masked,
 * as workers/masking.py masks the logs (M5).
 */
class MasksItsHistory extends AbstractProcessEnginePlugin {
    @Override
    void preInit(ProcessEngineConfigurationImpl configuration) {
        configuration.historyEventHandler = new Handler()
    }

    static class Handler extends DbHistoryEventHandler {
        // not inside an identifier, which a letter that JSON escapes before it (\n, \u7535) is not
        private static final BEFORE = /(?:(?<![0-9A-Za-z.])(?<![0-9A-Za-z]-)|(?<=\\[nrt])|(?<=\\u[0-9a-f]{4}))/
        private static final AFTER = /(?!-?[0-9A-Za-z])/
        private static final ID = ~(BEFORE + /([1-9][0-9]{5})(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])/ +
            /([0-9]{3}[0-9Xx])/ + AFTER)
        private static final PHONES = [
            /(?:(?:\+|00)?86[- ]?)?(1[3-9][0-9])[- ]?[0-9]{4}[- ]?([0-9]{4})/,
            /(?:(?:\+|00)?86[- ]?)?(0[0-9]{2})[0-9]?[- ]?[0-9]{3,4}[- ]?([0-9]{4})/,
            /(\+[0-9]{3})[0-9]{1,8}([0-9]{4})/,
        ].collect { ~(BEFORE + it + AFTER) }
        private static final TEXTS = ['string', 'json']

        @Override
        void handleEvent(HistoryEvent event) {
            if (event instanceof HistoricVariableUpdateEventEntity && event.serializerName in TEXTS) {
                event.textValue = masked(event.textValue)
                if (event.byteValue != null) {
                    event.byteValue = json(new String(event.byteValue, 'UTF-8')).getBytes('UTF-8')
                }
            } else if (event instanceof HistoricVariableUpdateEventEntity && event.serializerName == 'long') {
                def digits = event.longValue?.toString()
                if (masked(digits) != digits) {
                    event.longValue = null
                    event.textValue = null
                }
            } else if (event instanceof HistoricFormPropertyEventEntity) {
                event.propertyValue = masked(event.propertyValue)
            }
            super.handleEvent(event)
        }

        /** A number that stood without quotes is no JSON any more: then nothing is kept of the value. */
        private static String json(String text) {
            def known = masked(text)
            try {
                known == text ? text : Spin.JSON(known).toString()
            } catch (SpinRuntimeException ignored) {
                'null'
            }
        }

        private static String masked(String text) {
            if (text == null) {
                return null
            }
            def withoutIds = ID.matcher(text).replaceAll('$1********$2')
            PHONES.inject(withoutIds) { known, phone -> phone.matcher(known).replaceAll('$1****$2') }
        }
    }
}

class TechnicalAccounts extends AbstractProcessEnginePlugin {
    private final Environment environment

    TechnicalAccounts(Environment environment) {
        this.environment = environment
    }

    @Override
    void postProcessEngineBuild(ProcessEngine engine) {
        ensure(engine, environment.getProperty('salesflow.worker.id'), environment.getProperty('salesflow.worker.password'))
        ensure(engine, environment.getProperty('camunda.bpm.admin-user.id'), environment.getProperty('camunda.bpm.admin-user.password'))
    }

    private static void ensure(ProcessEngine engine, String id, String password) {
        def identity = engine.identityService
        def user = identity.createUserQuery().userId(id).singleResult()
        if (user == null) {
            user = identity.newUser(id)
            user.firstName = id
            user.lastName = 'salesflow'
        } else if (identity.checkPassword(id, password)) {
            return
        }
        user.password = password
        identity.saveUser(user)
        identity.unlockUser(id)
    }
}

SpringApplication.run(Engine, args)
