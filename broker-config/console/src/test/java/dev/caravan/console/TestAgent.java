package dev.caravan.console;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.jolokia.jvmagent.JolokiaServer;
import org.jolokia.jvmagent.JolokiaServerConfig;
import org.jolokia.server.core.config.SystemPropertyMode;

/** What the console sees of an agent: Camel routes, one migration, Jolokia with the agent's access policy. */
final class TestAgent implements AutoCloseable {
    static final String USER = "console";
    static final String MIGRATION = "7f0c2a3e-1111-4222-8333-944455556666";
    static final String PASSWORD = "test agent";

    private static final Path POLICY = Path
            .of("../../routes/agent/src/main/resources/dev/caravan/agent/jolokia-access.xml");

    private final ObjectName migration = new ObjectName("dev.caravan:type=Migration,id=" + MIGRATION);
    private final CamelContext camel = new DefaultCamelContext();
    private final JolokiaServer jolokia;
    private final AtomicBoolean cancelled = new AtomicBoolean();

    TestAgent() throws Exception {
        camel.getCamelContextExtension().setName("caravan-alpha");
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:requested").routeId("request").to("direct:attest");
                from("direct:attest").routeId("attestation").log("attested");
            }
        });
        camel.start();
        camel.createProducerTemplate().sendBody("direct:requested", "x");
        ManagementFactory.getPlatformMBeanServer().registerMBean(
                new StandardMBean(new MonitoredMigration(), MonitoredMigrationMBean.class), migration);
        Map<String, String> settings = new HashMap<>();
        settings.put("host", "127.0.0.1");
        settings.put("port", "0");
        settings.put("agentContext", "/jolokia");
        settings.put("user", USER);
        settings.put("password", PASSWORD);
        settings.put("discoveryEnabled", "false");
        settings.put("policyLocation", POLICY.toAbsolutePath().normalize().toUri().toString());
        jolokia = new JolokiaServer(new JolokiaServerConfig(settings, SystemPropertyMode.NEVER));
        jolokia.start(false);
    }

    String url() {
        return "http://127.0.0.1:" + jolokia.getAddress().getPort() + "/jolokia";
    }

    boolean cancelled() {
        return cancelled.get();
    }

    @Override
    public void close() throws Exception {
        jolokia.stop();
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(migration);
        camel.close();
    }

    /** A migration that stands still. */
    private final class MonitoredMigration implements MonitoredMigrationMBean {
        @Override
        public String getStage() {
            return cancelled.get() ? "cancelled" : "transferring";
        }

        @Override
        public long getBytes() {
            return 268_435_456;
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }
}
