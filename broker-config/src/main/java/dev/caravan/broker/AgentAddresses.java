package dev.caravan.broker;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.activemq.artemis.core.config.Configuration;

/** The queues, limits and permissions of single agents, from the template that a standalone broker uses, too. */
final class AgentAddresses {
    /** Roles of this form name an agent. */
    static final String ROLE_PREFIX = "agent-";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
    private static final String TEMPLATE = "broker.d/agent.properties.template";

    private AgentAddresses() {
    }

    /**
     * The agents that have a role in {@code rolesFile}.
     *
     * @throws IllegalArgumentException if a role names no valid platform
     */
    static Set<String> named(Path rolesFile) throws IOException {
        Properties roles = Settings.read(rolesFile);
        Set<String> names = new TreeSet<>();
        for (String role : roles.stringPropertyNames()) {
            if (role.startsWith(ROLE_PREFIX)) {
                String name = role.substring(ROLE_PREFIX.length());
                if (!NAME.matcher(name).matches()) {
                    throw new IllegalArgumentException("role " + role + " in " + rolesFile
                            + " names no platform: 1 to 63 letters, digits and hyphens are allowed");
                }
                names.add(name);
            }
        }
        return names;
    }

    /** Adds what the agent {@code name} needs. */
    static void declare(String name, Configuration configuration) throws Exception {
        Properties properties = new Properties();
        properties.load(new StringReader(template().replace("NAME", name)));
        configuration.parsePrefixedProperties(configuration, ROLE_PREFIX + name, properties, null);
    }

    private static String template() throws IOException {
        try (InputStream in = AgentAddresses.class.getResourceAsStream(TEMPLATE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
