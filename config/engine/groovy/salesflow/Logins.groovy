package salesflow

import groovy.transform.CompileStatic
import jakarta.servlet.http.HttpServletRequest
import java.security.MessageDigest
import org.camunda.bpm.engine.ProcessEngine
import org.camunda.bpm.engine.rest.security.auth.AuthenticationResult
import org.camunda.bpm.engine.rest.security.auth.impl.HttpBasicAuthenticationProvider

/**
 * Basic authentication that remembers the workers' last login for a few seconds: the engine would ask its database three
 * times for each request (password, groups, tenants). Only a login that succeeded is remembered, only that of the workers'
 * technical account, and only as a digest; a changed password or a group that was taken away is seen after SECONDS.
 */
@CompileStatic
class Logins extends HttpBasicAuthenticationProvider {
    static final long SECONDS = 5

    private final String worker
    private volatile Known known

    private static class Known {
        byte[] digest
        long until
        List<String> groups
        List<String> tenants
    }

    Logins(String worker) {
        this.worker = worker
    }

    @Override
    AuthenticationResult extractAuthenticatedUser(HttpServletRequest request, ProcessEngine engine) {
        def header = request.getHeader('Authorization')
        if (header == null) {
            return AuthenticationResult.unsuccessful()
        }
        def digest = MessageDigest.getInstance('SHA-256').digest("${engine.name} ${header}".toString().bytes)
        def last = known
        if (last != null && last.until - System.nanoTime() > 0 && MessageDigest.isEqual(last.digest, digest)) {
            return successful(last)
        }
        def result = super.extractAuthenticatedUser(request, engine)
        if (!result.authenticated || result.authenticatedUser != worker) {
            return result
        }
        def identity = engine.identityService
        last = new Known(
            digest: digest,
            until: System.nanoTime() + SECONDS * 1_000_000_000L,
            groups: identity.createGroupQuery().groupMember(worker).list()*.id,
            tenants: identity.createTenantQuery().userMember(worker).includingGroupsOfUser(true).list()*.id)
        known = last
        successful(last)
    }

    private AuthenticationResult successful(Known last) {
        def result = AuthenticationResult.successful(worker)
        result.groups = last.groups
        result.tenants = last.tenants
        result
    }
}
