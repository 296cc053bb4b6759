package dev.caravan.broker;

import java.nio.file.Path;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule;

/** What a standalone broker has in {@code login.config}: which files log-in reads, at every change anew. */
final class LoginSettings extends SecurityConfiguration {
    private final Map<String, String> options;

    LoginSettings(Path users, Path roles) {
        options = Map.of("reload", "true", "baseDir", "/", PropertiesLoginModule.USER_FILE_PROP_NAME, relative(users),
                PropertiesLoginModule.ROLE_FILE_PROP_NAME, relative(roles));
    }

    /** The module joins its base directory and the file's name. */
    private static String relative(Path file) {
        return Path.of("/").relativize(file.toAbsolutePath()).toString();
    }

    @Override
    public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
        return new AppConfigurationEntry[]{new AppConfigurationEntry(AgentGroupLogin.class.getName(),
                AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, options)};
    }
}
