package dev.caravan.broker;

import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.login.LoginException;
import org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule;
import org.apache.activemq.artemis.spi.core.security.jaas.RolePrincipal;

/** Log-in by the users and roles files; whoever has the role of an agent gets the role {@code agents}, too. */
public final class AgentGroupLogin extends PropertiesLoginModule {
    private Subject subject;

    @Override
    public void initialize(Subject whom, CallbackHandler callbackHandler, Map<String, ?> sharedState,
            Map<String, ?> options) {
        subject = whom;
        super.initialize(whom, callbackHandler, sharedState, options);
    }

    @Override
    public boolean commit() throws LoginException {
        boolean committed = super.commit();
        if (subject.getPrincipals(RolePrincipal.class).stream()
                .anyMatch(role -> role.getName().startsWith(AgentAddresses.ROLE_PREFIX))) {
            subject.getPrincipals().add(new RolePrincipal("agents"));
        }
        return committed;
    }
}
