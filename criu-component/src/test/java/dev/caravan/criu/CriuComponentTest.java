package dev.caravan.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.criu.ContainerState.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriuComponentTest extends CamelTestSupport {

    @TempDir
    Path directory;

    private final FakeRuntime runtime = new FakeRuntime();

    private Exchange send(String uri, Map<String, Object> headers) {
        context.getRegistry().bind("fake", runtime);
        return template.send(uri, exchange -> exchange.getMessage().setHeaders(new java.util.HashMap<>(headers)));
    }

    private Exchange send(String uri) {
        return send(uri, Map.of(CriuConstants.CONTAINER, "box"));
    }

    @Test
    void anOperationActsOnTheContainerOfTheHeader() {
        send("criu:pause?runtime=#fake");
        send("criu:resume?runtime=#fake");
        send("criu:remove?runtime=#fake&container=other");
        assertThat(runtime.told).containsExactly("pause box", "resume box", "remove box");
    }

    @Test
    void theOptionServesWhereThereIsNoHeader() {
        send("criu:pause?runtime=#fake&container=other", Map.of());
        assertThat(runtime.told).containsExactly("pause other");
    }

    @Test
    void withoutAnyContainerTheExchangeFails() {
        assertThat(send("criu:pause?runtime=#fake", Map.of()).getException())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(CriuConstants.CONTAINER);
    }

    @Test
    void stateAnswersInBodyAndHeader() {
        runtime.status = Status.PAUSED;
        Exchange exchange = send("criu:state?runtime=#fake");
        assertThat(exchange.getMessage().getBody(ContainerState.class).status()).isEqualTo(Status.PAUSED);
        assertThat(exchange.getMessage().getHeader(CriuConstants.STATUS)).isEqualTo(Status.PAUSED);
    }

    @Test
    void checkpointTakesItsDirectoriesFromHeadersAndTheRestFromOptions() {
        send("criu:checkpoint?runtime=#fake&networkLock=SKIP&ghostLimit=5&timeout=2s",
                Map.of(CriuConstants.CONTAINER, "box", CriuConstants.IMAGE_DIRECTORY, "/i",
                        CriuConstants.WORK_DIRECTORY, "/w"));
        assertThat(runtime.told).containsExactly(new CheckpointSpec("box", Path.of("/i"), Path.of("/w"),
                NetworkLock.SKIP, 5, Duration.ofSeconds(2)));
    }

    @Test
    void aRestoreIsReleasedThroughItsGateDirectory() throws Exception {
        String gate = directory.resolve("gate").toString();
        Exchange restored = send("criu:restore?runtime=#fake&bundle=/b&imageDirectory=/i&workDirectory=/w",
                Map.of(CriuConstants.CONTAINER, "box", CriuConstants.GATE_DIRECTORY, gate));
        assertThat(restored.getMessage().getBody(HeldRestore.class).id()).isEqualTo("box");
        new CommitGate(Path.of(gate)).install();
        Files.writeString(Path.of(gate, "exit"), "  0");
        Exchange released = send("criu:release?runtime=#fake&gateDirectory=" + gate);
        assertThat(released.getMessage().getBody()).isEqualTo(HeldRestore.Outcome.RUNNING);
        assertThat(new CommitGate(Path.of(gate)).decision()).isEqualTo(CommitGate.Decision.OPENED);
        assertThat(send("criu:abandon?runtime=#fake&gateDirectory=" + gate).getException())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anAbandonedRestoreIsGoneAndRemoved() throws Exception {
        CommitGate gate = new CommitGate(directory.resolve("gate"));
        gate.install();
        Files.writeString(gate.file("work"), "/w");
        Exchange exchange = send("criu:abandon?runtime=#fake&gateDirectory=" + gate.directory());
        assertThat(exchange.getMessage().getHeader(CriuConstants.OUTCOME)).isEqualTo(HeldRestore.Outcome.GONE);
        assertThat(runtime.told).containsExactly("remove box");
    }

    @Test
    void anUnfitMachineFailsTheCheckWithTheReportInTheBody() {
        Exchange exchange = send("criu:check?runc=/no/such/runc&criu=/no/such/criu");
        assertThat(exchange.getException()).isInstanceOf(EnvironmentUnfit.class).hasMessageContaining("runc");
        assertThat(exchange.getMessage().getBody(EnvironmentReport.class).fit()).isFalse();
    }

    @Test
    void anUnknownOperationIsRefusedWithTheOnesThatThereAre() {
        assertThatThrownBy(() -> context.getEndpoint("criu:explode")).isInstanceOf(ResolveEndpointFailedException.class)
                .hasStackTraceContaining("check, state, pause, checkpoint, restore");
    }

    @Test
    void nothingCanBeConsumed() {
        assertThatThrownBy(() -> context.getEndpoint("criu:state?runtime=#fake2").createConsumer(null))
                .isInstanceOf(Exception.class);
        context.getRegistry().bind("fake", runtime);
        assertThatThrownBy(() -> context.getEndpoint("criu:state?runtime=#fake").createConsumer(null))
                .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("from()");
    }

    @Test
    void healthTellsOfThePrograms() throws Exception {
        context.getEndpoint("criu:check?runc=/no/such/runc&criu=/no/such/criu").createProducer().start();
        HealthCheckRegistry registry = HealthCheckRegistry.get(context);
        assertThat(registry.stream().filter(check -> check.getId().startsWith("criu-")).toList()).singleElement()
                .satisfies(check -> {
                    assertThat(check.call().getState().name()).isEqualTo("DOWN");
                    assertThat(check.call().getMessage().orElse("")).contains("criu");
                });
    }
}
