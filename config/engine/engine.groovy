// The embedded engine: Spring Boot's starter for Camunda, with passwords on REST. Run by groovy.ui.GroovyMain, because
// the Java runtime from the wheel has no compiler. Configuration: application.yaml beside this file.

import org.camunda.bpm.engine.ProcessEngine
import org.camunda.bpm.engine.impl.cfg.AbstractProcessEnginePlugin
import org.camunda.bpm.engine.impl.cfg.ProcessEnginePlugin
import org.camunda.bpm.engine.rest.security.auth.ProcessEngineAuthenticationFilter
import org.camunda.bpm.engine.rest.security.auth.impl.HttpBasicAuthenticationProvider
import org.springframework.boot.SpringApplication
import org.springframework.boot.SpringBootConfiguration
import org.springframework.boot.autoconfigure.EnableAutoConfiguration
import org.springframework.boot.web.servlet.FilterRegistrationBean
import org.springframework.context.annotation.Bean
import org.springframework.core.env.Environment

@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Engine {

    /** Every call to REST names a user of the engine and the password, the list of engines too. */
    @Bean
    FilterRegistrationBean restAuthentication() {
        def filter = new FilterRegistrationBean(new RestAuthentication())
        filter.name = 'rest-authentication'
        filter.addInitParameter('authentication-provider', HttpBasicAuthenticationProvider.name)
        filter.addUrlPatterns('/engine-rest/*')
        filter.asyncSupported = true
        filter
    }

    /** The two technical accounts exist and have the passwords of var/credentials.toml, also after it was lost. */
    @Bean
    ProcessEnginePlugin technicalAccounts(Environment environment) {
        new TechnicalAccounts(environment)
    }
}

class RestAuthentication extends ProcessEngineAuthenticationFilter {
    @Override
    protected boolean requiresEngineAuthentication(String url) {
        true
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
