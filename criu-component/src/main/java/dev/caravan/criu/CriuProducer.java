package dev.caravan.criu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.support.DefaultProducer;

/** Does what its endpoint's operation says, once for each exchange. */
public class CriuProducer extends DefaultProducer {

    private final CriuConfiguration configuration;
    private ContainerRuntime runtime;

    /**
     * @param endpoint
     *            that makes it
     */
    public CriuProducer(CriuEndpoint endpoint) {
        super(endpoint);
        this.configuration = endpoint.getConfiguration();
    }

    @Override
    public CriuEndpoint getEndpoint() {
        return (CriuEndpoint) super.getEndpoint();
    }

    @Override
    protected void doInit() throws Exception {
        super.doInit();
        ContainerRuntime given = configuration.getRuntime();
        runtime = given != null ? given : new RuncRuntime(configuration.runcConfiguration());
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (configuration.getRuntime() == null) {
            getEndpoint().getComponent().watch(configuration.runcConfiguration());
        }
    }

    @Override
    public void process(Exchange exchange) {
        Message message = exchange.getMessage();
        switch (getEndpoint().getOperation()) {
            case check -> check(message);
            case state -> state(message);
            case pause -> runtime.pause(container(message));
            case checkpoint -> runtime.checkpoint(checkpointSpec(message));
            case restore -> message.setBody(runtime.restore(restoreSpec(message)));
            case resume -> runtime.resume(container(message));
            case release -> release(message);
            case abandon -> abandon(message);
            case remove -> runtime.remove(container(message));
            default -> throw new IllegalStateException();
        }
    }

    private void check(Message message) {
        EnvironmentReport report = new EnvironmentCheck(configuration.runcConfiguration()).run();
        message.setBody(report);
        if (!report.fit()) {
            throw new EnvironmentUnfit(report);
        }
    }

    private void state(Message message) {
        ContainerState state = runtime.state(container(message));
        message.setBody(state);
        message.setHeader(CriuConstants.STATUS, state.status());
    }

    private void release(Message message) {
        HeldRestore restore = held(message);
        restore.gate().open();
        outcome(message, restore.awaitOutcome(timeout()));
    }

    private void abandon(Message message) {
        HeldRestore restore = held(message);
        restore.abandon();
        outcome(message, HeldRestore.Outcome.GONE);
    }

    private static void outcome(Message message, HeldRestore.Outcome outcome) {
        message.setBody(outcome);
        message.setHeader(CriuConstants.OUTCOME, outcome);
    }

    private CheckpointSpec checkpointSpec(Message message) {
        return new CheckpointSpec(container(message),
                path(message, CriuConstants.IMAGE_DIRECTORY, configuration.getImageDirectory()),
                path(message, CriuConstants.WORK_DIRECTORY, configuration.getWorkDirectory()),
                configuration.getNetworkLock(), configuration.getGhostLimit(), timeout());
    }

    private RestoreSpec restoreSpec(Message message) {
        return new RestoreSpec(container(message), path(message, CriuConstants.BUNDLE, configuration.getBundle()),
                path(message, CriuConstants.IMAGE_DIRECTORY, configuration.getImageDirectory()),
                path(message, CriuConstants.WORK_DIRECTORY, configuration.getWorkDirectory()),
                path(message, CriuConstants.GATE_DIRECTORY, configuration.getGateDirectory()), timeout(),
                message.getHeader(CriuConstants.WANTED, () -> (BooleanSupplier) () -> true, BooleanSupplier.class));
    }

    private HeldRestore held(Message message) {
        return HeldRestore.rediscover(runtime, container(message),
                path(message, CriuConstants.GATE_DIRECTORY, configuration.getGateDirectory()));
    }

    private Duration timeout() {
        return Duration.ofMillis(configuration.getTimeout());
    }

    private static Path path(Message message, String header, String option) {
        return Path.of(text(message, header, option));
    }

    private String container(Message message) {
        return text(message, CriuConstants.CONTAINER, configuration.getContainer());
    }

    private static String text(Message message, String header, String option) {
        String value = message.getHeader(header, option, String.class);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("The message has no header " + header
                    + ", and the endpoint has no such option");
        }
        return value;
    }
}
