package dev.caravan.console;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The Hawtio console: one page that leads to every agent's Camel routes and migrations. */
@SpringBootApplication
public class ConsoleApplication {

    /** The system property {@code caravan.console.config} names the settings, see {@link ConsoleConfiguration}. */
    public static void main(String[] arguments) {
        // nothing here is deserialised, and nothing may be
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter.Config.setSerialFilter(ObjectInputFilter.Config.createFilter("!*"));
        }
        String file = System.getProperty("caravan.console.config");
        if (file == null || arguments.length > 0) {
            System.err.println("usage: java -Dcaravan.console.config=FILE -jar caravan-console.jar");
            System.exit(2);
        }
        try {
            start(ConsoleConfiguration.read(Path.of(file)));
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("cannot start the console: " + e.getMessage());
            System.exit(4);
        }
    }

    /** Starts the console; closing the context stops it. */
    static ConfigurableApplicationContext start(ConsoleConfiguration configuration) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("server.address", configuration.host());
        properties.put("server.port", configuration.port());
        properties.put("server.tomcat.use-relative-redirects", "true");
        properties.put("server.forward-headers-strategy", configuration.proxies().isEmpty() ? "none" : "native");
        if (!configuration.proxies().isEmpty()) {
            properties.put("server.tomcat.remoteip.internal-proxies",
                    configuration.proxies().stream().map(Pattern::quote).collect(Collectors.joining("|")));
        }
        if (configuration.keyStore() != null) {
            properties.put("server.ssl.key-store", configuration.keyStore().toUri().toString());
            properties.put("server.ssl.key-store-type", "PKCS12");
            properties.put("server.ssl.key-store-password", configuration.keyStorePassword());
            properties.put("server.ssl.enabled-protocols", "TLSv1.3");
        }
        return new SpringApplicationBuilder(ConsoleApplication.class).properties(properties)
                .initializers((GenericApplicationContext context) -> context.registerBean(ConsoleConfiguration.class,
                        () -> configuration))
                .run();
    }
}
