package dev.caravan.agent.jolokia;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JolokiaEndpointTest {
    private static final String PASSWORD = "only for tests";
    private static final String CONTEXT = "org.apache.camel:context=jolokia-test,type=context,name=\\\"jolokia-test\\\"";

    @TempDir
    Path directory;
    private final Properties properties = new Properties();
    private final CamelContext camel = new DefaultCamelContext();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private ObjectName migration;
    private JolokiaEndpoint endpoint;

    /** What is shown of a migration, cut down. */
    public interface Shown {
        String getStage();

        void setStage(String stage);

        void cancel();

        void other();
    }

    private final class Fake implements Shown {
        @Override
        public String getStage() {
            return "freezing";
        }

        @Override
        public void setStage(String stage) {
            throw new IllegalStateException("written");
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }

        @Override
        public void other() {
            throw new IllegalStateException("called");
        }
    }

    @BeforeEach
    void start() throws Exception {
        camel.getCamelContextExtension().setName("jolokia-test");
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:start").routeId("start").log("x");
            }
        });
        camel.start();
        migration = new ObjectName("dev.caravan:type=Migration,id=test");
        ManagementFactory.getPlatformMBeanServer().registerMBean(new StandardMBean(new Fake(), Shown.class), migration);
        Path password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        properties.setProperty("caravan.jolokia.port", "0");
        properties.setProperty("caravan.jolokia.user", "console");
        properties.setProperty("caravan.jolokia.password-file", password.toString());
        endpoint = JolokiaEndpoint.start(properties).orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        endpoint.close();
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(migration);
        camel.close();
    }

    private HttpResponse<String> post(String password, String body) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().authenticator(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication("console", password.toCharArray());
            }
        }).build();
        return client.send(HttpRequest.newBuilder(URI.create(endpoint.url()))
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String ask(String request) throws IOException, InterruptedException {
        return post(PASSWORD, "{" + request.replace('\'', '"') + "}").body();
    }

    @Test
    void listensOnLoopbackUnlessToldOtherwise() {
        assertThat(URI.create(endpoint.url()).getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void showsMigrationsCamelAndTheJvm() throws Exception {
        assertThat(ask("'type':'read','mbean':'dev.caravan:type=Migration,id=test','attribute':'Stage'"))
                .contains("freezing");
        assertThat(ask("'type':'read','mbean':'" + CONTEXT + "','attribute':'State'")).contains("Started");
        assertThat(ask("'type':'exec','mbean':'" + CONTEXT + "','operation':'dumpRoutesAsXml()'"))
                .contains("direct:start");
        assertThat(ask("'type':'exec','mbean':'org.apache.camel:context=jolokia-test,type=services,"
                + "name=DefaultInflightRepository','operation':'browse()'")).contains("\"status\":200");
        assertThat(ask("'type':'read','mbean':'java.lang:type=Runtime','attribute':'Uptime'"))
                .contains("\"status\":200");
        assertThat(ask("'type':'read','mbean':'java.lang:type=Memory','attribute':'HeapMemoryUsage'")).contains("used");
        assertThat(ask("'type':'list'")).contains("dev.caravan", "org.apache.camel").doesNotContain("JMImplementation");
    }

    @Test
    void aMigrationCanBeCancelled() throws Exception {
        assertThat(ask("'type':'exec','mbean':'dev.caravan:type=Migration,id=test','operation':'cancel()'"))
                .contains("\"status\":200");
        assertThat(cancelled).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "'type':'write','mbean':'dev.caravan:type=Migration,id=test','attribute':'Stage','value':'x'",
            "'type':'exec','mbean':'dev.caravan:type=Migration,id=test','operation':'other'",
            "'type':'exec','mbean':'" + CONTEXT + "','operation':'stop()'",
            "'type':'exec','mbean':'" + CONTEXT
                    + "','operation':'sendStringBody','arguments':['direct:start','x']",
            "'type':'exec','mbean':'org.apache.camel:context=jolokia-test,type=endpoints,name=\\\"direct://start\\\"',"
                    + "'operation':'browseAllMessagesAsXml(java.lang.Boolean)','arguments':[true]",
            "'type':'read','mbean':'java.lang:type=Runtime','attribute':'SystemProperties'",
            "'type':'read','mbean':'java.lang:type=Runtime','attribute':'InputArguments'",
            "'type':'exec','mbean':'java.lang:type=Threading','operation':'dumpAllThreads(boolean,boolean)',"
                    + "'arguments':[true,true]",
            "'type':'exec','mbean':'com.sun.management:type=HotSpotDiagnostic','operation':'dumpHeap',"
                    + "'arguments':['/tmp/x',true]",
            "'type':'exec','mbean':'com.sun.management:type=DiagnosticCommand','operation':'vmSystemProperties'"})
    void nothingElseIsAllowed(String request) throws Exception {
        assertThat(ask(request)).contains("\"status\":403");
    }

    @Test
    void aWholeMBeanIsReadWithoutWhatIsForbidden() throws Exception {
        assertThat(ask("'type':'read','mbean':'java.lang:type=Runtime'")).doesNotContain("java.class.path");
    }

    @Test
    void asksForTheLogIn() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint.url())).build();
        assertThat(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
        assertThatThrownBy(() -> post("wrong", "{}")).hasMessageContaining("too many authentication attempts");
    }

    @Test
    void isNotThereWithoutAPort() throws Exception {
        assertThat(JolokiaEndpoint.start(new Properties())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "0.0.0.0"})
    void doesNotStartWithoutALogInWhereverItListens(String host) {
        properties.setProperty("caravan.jolokia.host", host);
        properties.remove("caravan.jolokia.user");
        assertThatThrownBy(() -> JolokiaEndpoint.start(properties))
                .hasMessageContaining("caravan.jolokia.user is missing")
                .hasMessageContaining("leaving out caravan.jolokia.port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1"})
    void doesNotListenToOthersWithoutTls(String host) {
        properties.setProperty("caravan.jolokia.host", host);
        assertThatThrownBy(() -> JolokiaEndpoint.start(properties))
                .hasMessageContaining("caravan.jolokia.host is \"" + host + "\", which others can reach")
                .hasMessageContaining("Set caravan.jolokia.keystore and caravan.jolokia.keystore-password-file");
    }

    @Test
    void refusesAPasswordThatOthersCanRead() throws Exception {
        Files.setPosixFilePermissions(directory.resolve("password"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> JolokiaEndpoint.start(properties)).hasMessageContaining("chmod 600")
                .hasMessageNotContaining(PASSWORD);
    }

    @Test
    void namesAWrongPort() {
        properties.setProperty("caravan.jolokia.port", "70000");
        assertThatThrownBy(() -> JolokiaEndpoint.start(properties)).hasMessageContaining("70000");
    }
}
