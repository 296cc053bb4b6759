package dev.caravan.agent;

import dev.caravan.agent.jolokia.JolokiaEndpoint;
import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.broker.BrokerClient;
import dev.caravan.bundle.Admission;
import dev.caravan.command.LocalCommands;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.CriuComponent;
import dev.caravan.criu.RuncConfiguration;
import dev.caravan.criu.RuncRuntime;
import dev.caravan.event.MigrationEvents;
import dev.caravan.journal.Journal;
import dev.caravan.memory.Rehearsal;
import dev.caravan.migration.Migrations;
import dev.caravan.network.ContainerNetwork;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.RootfsScanner;
import dev.caravan.routes.AttestingRoute;
import dev.caravan.routes.BatchRoute;
import dev.caravan.routes.BrokerComponent;
import dev.caravan.routes.CommittingRoute;
import dev.caravan.routes.ControlRoute;
import dev.caravan.routes.EventRoute;
import dev.caravan.routes.PreparingRoute;
import dev.caravan.routes.QueryRoute;
import dev.caravan.routes.ReleasingRoute;
import dev.caravan.routes.RequestRoute;
import dev.caravan.routes.RestoringRoute;
import dev.caravan.routes.StageRunner;
import dev.caravan.routes.SyncingRoute;
import dev.caravan.routes.TransferringRoute;
import dev.caravan.routes.WatchdogRoute;
import dev.caravan.routes.authority.EnrolmentRoute;
import dev.caravan.routes.event.EventSigning;
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import dev.caravan.stream.BatchSelfTest;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmComponent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ManagementStatisticsLevel;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent of a platform: puts the parts together, enrols, recovers what a crash cut off, then takes messages. */
public final class AgentApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentApplication.class);
    private static final Duration SELF_TEST = Duration.ofMillis(500);
    private static final Duration REHEARSAL = Duration.ofSeconds(12);
    private static final long CHUNK_STORE_BYTES = 4L << 30;
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private final AgentConfiguration configuration;
    private final CamelContext context = new DefaultCamelContext();
    private final BrokerClient broker;
    private final Journal journal;
    private Optional<JolokiaEndpoint> jolokia = Optional.empty();

    public AgentApplication(AgentConfiguration configuration) throws IOException {
        this.configuration = configuration;
        ownerOnly(configuration.home());
        ownerOnly(configuration.run());
        requireMemory(configuration.run());
        Files.deleteIfExists(configuration.run().resolve("ready"));
        broker = BrokerClient.from(configuration.properties());
        journal = new Journal(configuration.home().resolve("journal.db"));
    }

    /** Images hold the container's memory: they must never reach a disk. */
    private static void requireMemory(Path run) throws IOException {
        String type = Files.getFileStore(run).type();
        if (!IN_MEMORY.contains(type)) {
            throw new IllegalArgumentException("caravan.run is " + run + ", on " + type
                    + "; the memory of containers is written there, so it must be on a tmpfs: mount one");
        }
    }

    /** Starts the agent; returns when it serves. */
    public void start() throws Exception {
        context.getCamelContextExtension().setName(configuration.name());
        context.getManagementStrategy().getManagementAgent().setStatisticsLevel(ManagementStatisticsLevel.Extended);
        context.getInflightRepository().setInflightBrowseEnabled(true);
        context.getShutdownStrategy().setTimeout(5);
        context.addComponent("jms", BrokerComponent.of(broker));
        TpmComponent tpmComponent = new TpmComponent();
        tpmComponent.setDevice(configuration.tpm());
        context.addComponent("tpm", tpmComponent);

        PlatformIdentity identity;
        try (Tpm tpm = Tpm.open(configuration.tpm())) {
            identity = PlatformIdentity.openOrCreate(configuration.home().resolve("identity"), tpm);
        }
        TrustStore trust = new TrustStore(configuration.trust());
        enrol(identity, trust);
        BatchSelfTest.run(SELF_TEST);
        CamelLinks links = new CamelLinks(context.createProducerTemplate());
        Rehearsal rehearsal = new Rehearsal((id, batch) -> links.send(configuration.name(), id, batch));
        migrationRoutes(identity, trust, links, rehearsal);
        jolokia = JolokiaEndpoint.start(configuration.properties());
        rehearsal.run(configuration.run(), REHEARSAL);
        ReadyFile.write(configuration.run());
        LOG.info("{} takes migrations", configuration.name());
    }

    private void enrol(PlatformIdentity identity, TrustStore trust) throws Exception {
        context.addRoutes(new EnrolmentRoute(configuration.name(), identity, trust,
                configuration.revocationRefresh()));
        context.start();
        try (ProducerTemplate producer = context.createProducerTemplate()) {
            if (identity.isEnrolled() && trust.isComplete()) {
                // before any message is taken that was signed by somebody who has been thrown out meanwhile
                producer.sendBody("direct:fetch-revocations", null);
                return;
            }
            Exchange result = producer.send("direct:enrol", exchange -> {
            });
            if (result.getException() != null) {
                throw new IOException(configuration.name() + " cannot enrol: " + result.getException().getMessage(),
                        result.getException());
            }
        }
        LOG.info("{} is enrolled", configuration.name());
    }

    private void migrationRoutes(PlatformIdentity identity, TrustStore trust, CamelLinks links, Rehearsal rehearsal)
            throws Exception {
        ContainerRuntime runtime = new RuncRuntime(
                new RuncConfiguration(Path.of("runc"), configuration.runcRoot(), configuration.criu()));
        CriuComponent criu = new CriuComponent();
        criu.getConfiguration().setRuntime(runtime);
        context.addComponent("criu", criu);

        AppraisalPolicy policy = configuration.policy() == null
                ? AppraisalPolicy.certifiedOnly()
                : AppraisalPolicy.read(configuration.policy());
        LocalCommands commands = new LocalCommands();
        Migrations migrations = new Migrations(journal);
        Platform platform = new Platform(configuration.name(), configuration.containers(), configuration.run(),
                configuration.bridge() == null ? null : new ContainerNetwork(commands, configuration.bridge()),
                configuration.cgroupParent(), migrations, runtime, links);
        SourceStages source = new SourceStages(platform, links, new RootfsScanner());
        DestinationStages destination = new DestinationStages(platform, links,
                ChunkStore.open(configuration.home().resolve("chunks"), CHUNK_STORE_BYTES), new RootfsBuilder(),
                configuration.admission() == null ? Admission.DEFAULT : Admission.read(configuration.admission()));
        Attesting attesting = new Attesting(platform, new Appraiser(trust, policy), identity);
        Cleanup cleanup = new Cleanup(platform);
        StageRunner runner = new StageRunner(platform, cleanup, context.createProducerTemplate());
        ExecutorService executor = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "stage");
            thread.setDaemon(true);
            return thread;
        });
        MigrationEvents events = new MigrationEvents(configuration.name());
        EventSigning signing = new EventSigning(() -> eventKey(identity));
        EventRoute eventRoute = new EventRoute(events, signing);
        migrations.listen(eventRoute);
        migrations.listen(new MigrationBeans(runner));

        context.addRoutes(eventRoute);
        context.addRoutes(new VerifyRequestRoute(trust));
        context.addRoutes(new AttestingRoute(platform, identity, runner, attesting, source, destination,
                new StreamArrivals(executor, runner)));
        context.addRoutes(new PreparingRoute(platform, source, destination));
        context.addRoutes(new SyncingRoute(platform, source));
        context.addRoutes(new TransferringRoute(platform, attesting, source));
        context.addRoutes(new RestoringRoute(platform, attesting, destination));
        context.addRoutes(new CommittingRoute(platform, attesting, source, destination, cleanup));
        context.addRoutes(new ReleasingRoute(platform, cleanup, destination));
        signing.prepare();
        // nothing is taken from the broker before what a crash cut off is settled
        Recovery recovery = new Recovery(platform, runner);
        recovery.run();
        context.addRoutes(recovery);
        context.addRoutes(new BatchRoute(platform, rehearsal));
        context.addRoutes(new WatchdogRoute(platform, runner));
        context.addRoutes(new QueryRoute(platform, runner, attesting, events, configuration.runcRoot()));
        context.addRoutes(new RequestRoute(platform, runner, events));
        context.addRoutes(new ControlRoute(platform, runner, attesting));
    }

    private EventKey eventKey(PlatformIdentity identity) throws IOException {
        return EventKey.certifiedBy(identity.platformCertificate(),
                bytes -> Base64.getDecoder().decode(context.createFluentProducerTemplate().to("direct:sign")
                        .withBody(bytes).request(String.class)));
    }

    private static void ownerOnly(Path directory) throws IOException {
        Files.createDirectories(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    @Override
    public void close() {
        jolokia.ifPresent(JolokiaEndpoint::close);
        context.stop();
        broker.close();
        journal.close();
    }
}
