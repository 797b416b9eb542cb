package salesflow

import groovy.transform.CompileStatic
import org.camunda.bpm.engine.authorization.Permission
import org.camunda.bpm.engine.authorization.Permissions
import org.camunda.bpm.engine.authorization.Resources
import org.camunda.bpm.engine.impl.cfg.AbstractProcessEnginePlugin
import org.camunda.bpm.engine.impl.cfg.ProcessEngineConfigurationImpl
import org.camunda.bpm.engine.impl.db.ListQueryParameterObject
import org.camunda.bpm.engine.impl.db.PermissionCheckBuilder
import org.camunda.bpm.engine.impl.interceptor.Session
import org.camunda.bpm.engine.impl.interceptor.SessionFactory
import org.camunda.bpm.engine.impl.persistence.entity.AuthorizationManager

/**
 * Whether an account holds a right on all processes is asked once a command, not for each task.
 *
 * The engine joins the rights to every open task when a worker fetches; as long as the table's statistics lag behind a
 * backlog, PostgreSQL then reads and sorts all of it to find the first ten. A grant on all processes (of the account, its
 * groups or everybody) says yes to every row; where anything is revoked for the account, or the grant is not on all, the
 * engine's own check stays.
 */
@CompileStatic
class Rights extends AuthorizationManager {

    /** Fetching needs to read and to update each task's instance. */
    @Override
    void configureExternalTaskFetch(ListQueryParameterObject query) {
        super.configureExternalTaskFetch(query)
        if (query.authCheck.authorizationCheckEnabled && onAllProcesses(Permissions.READ_INSTANCE, Permissions.UPDATE_INSTANCE)) {
            query.authCheck.authorizationCheckEnabled = false
        }
    }

    /** Whether whoever calls holds all of these on all processes and nothing is revoked for them; true without checks. */
    boolean onAllProcesses(Permission... permissions) {
        if (!isAuthCheckExecuted()) {
            return true
        }
        def who = currentAuthentication
        if (isRevokeAuthCheckEnabled(who.userId, who.groupIds)) {
            return false
        }
        def check = new PermissionCheckBuilder().conjunctive()
        permissions.each { Permission one -> check.atomicCheckForResourceId(Resources.PROCESS_DEFINITION, '*', one) }
        isAuthorized(who.userId, who.groupIds, check.build())
    }

    static class Plugin extends AbstractProcessEnginePlugin {
        @Override
        void preInit(ProcessEngineConfigurationImpl configuration) {
            if (configuration.customSessionFactories == null) {
                configuration.customSessionFactories = []
            }
            configuration.customSessionFactories.add(new Factory())
        }
    }

    static class Factory implements SessionFactory {
        @Override
        Class<?> getSessionType() {
            AuthorizationManager
        }

        @Override
        Session openSession() {
            new Rights()
        }
    }
}
