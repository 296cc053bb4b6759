package dev.caravan.agent;

import dev.caravan.routes.Direct;
import dev.caravan.agent.jolokia.JolokiaEndpoint;
import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.beneath.OwnerOnly;
import dev.caravan.broker.BrokerClient;
import dev.caravan.bundle.Admission;
import dev.caravan.criu.ContainerRuntime;
import dev.caravan.criu.CriuComponent;
import dev.caravan.criu.LocalExecutor;
import dev.caravan.criu.RuncConfiguration;
import dev.caravan.criu.RuncRuntime;
import dev.caravan.event.MigrationEvents;
import dev.caravan.host.Discrepancies;
import dev.caravan.host.JournalCheck;
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
import dev.caravan.routes.EventTopicRoute;
import dev.caravan.routes.KeyRoute;
import dev.caravan.routes.Mailboxes;
import dev.caravan.routes.OfferedRoute;
import dev.caravan.routes.OperatorOrders;
import dev.caravan.routes.PreparingRoute;
import dev.caravan.routes.QueryRoute;
import dev.caravan.routes.ReleasingRoute;
import dev.caravan.routes.RememberedMigrations;
import dev.caravan.routes.RepeatingRoute;
import dev.caravan.routes.ReplyRoute;
import dev.caravan.routes.RequestRoute;
import dev.caravan.routes.RestoringRoute;
import dev.caravan.routes.RollingBackRoute;
import dev.caravan.routes.StopcopyRoute;
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
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ManagementStatisticsLevel;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of a platform: puts the parts together. It first recovers what a crash cut off, which needs this machine and its
 * journal only; then it asks its TPM, its broker and the authorities, enrols, and takes messages.
 */
public final class AgentApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AgentApplication.class);
    private static final Duration SELF_TEST = Duration.ofMillis(500);
    private static final Duration REHEARSAL = Duration.ofSeconds(12);
    private static final long CHUNK_STORE_BYTES = 4L << 30;
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

    private final AgentConfiguration configuration;
    private final CamelContext context = new DefaultCamelContext();
    private final DirectoryLock home;
    private final DirectoryLock run;
    private final Journal journal;
    private final Discrepancies discrepancies = new Discrepancies();
    private final WaitingLink control = new WaitingLink();
    private Optional<BrokerClient> broker = Optional.empty();
    private Optional<JolokiaEndpoint> jolokia = Optional.empty();

    /**
     * Takes the agent's directories.
     *
     * @throws IllegalStateException if they are another agent's
     */
    public AgentApplication(AgentConfiguration configuration) throws IOException {
        this.configuration = configuration;
        OwnerOnly.directories(configuration.home());
        OwnerOnly.directories(configuration.run());
        requireMemory(configuration.run());
        home = DirectoryLock.take("caravan.home", configuration.home(), configuration.name());
        Path file = configuration.home().resolve("journal.db");
        if (!home.isNew() && Files.notExists(file)) {
            discrepancies.add(JournalCheck.lost(configuration.name(), file));
        }
        journal = new Journal(file);
        run = DirectoryLock.take("caravan.run", configuration.run(), configuration.name());
        Files.deleteIfExists(configuration.run().resolve("ready"));
    }

    /** Images hold the container's memory: they must never reach a disk. */
    private static void requireMemory(Path run) throws IOException {
        String type = Files.getFileStore(run).type();
        if (!IN_MEMORY.contains(type)) {
            throw new IllegalArgumentException("caravan.run is " + run + ", on " + type
                    + "; the memory of containers is written there, so it must be on a tmpfs: mount one");
        }
    }

    /** Starts the agent; returns when it serves. If it cannot, it throws once nothing here waits to be undone. */
    public void start() throws Exception {
        context.getCamelContextExtension().setName(configuration.name());
        context.getManagementStrategy().getManagementAgent().setStatisticsLevel(ManagementStatisticsLevel.Extended);
        context.getInflightRepository().setInflightBrowseEnabled(true);
        context.getShutdownStrategy().setTimeout(5);
        ContainerRuntime runtime = new RuncRuntime(
                new RuncConfiguration(Path.of("runc"), configuration.runcRoot(), configuration.criu()));
        Migrations migrations = new Migrations(journal);
        Platform platform = new Platform(configuration.name(), configuration.containers(), configuration.run(),
                configuration.bridge() == null
                        ? null
                        : new ContainerNetwork(new LocalExecutor(), configuration.bridge()),
                configuration.cgroupParent(), migrations, runtime, control);
        Cleanup cleanup = new Cleanup(platform);
        Mailboxes mailboxes = new Mailboxes(context);
        RememberedMigrations remembered = new RememberedMigrations(platform, cleanup);
        MigrationEvents events = new MigrationEvents(configuration.name());
        EventRoute eventRoute = new EventRoute(events);
        migrations.listen(eventRoute);
        migrations.listen(new MigrationBeans(mailboxes));
        AgentBean.register(configuration.name(), discrepancies);
        context.addRoutes(eventRoute);
        context.addRoutes(new ReplyRoute(platform));
        context.addRoutes(new RollingBackRoute(platform, cleanup));
        context.addRoutes(new RepeatingRoute(platform));
        Recovery recovery = new Recovery(platform, mailboxes, remembered, discrepancies);
        context.addRoutes(recovery);
        context.start();
        recovery.run();
        discrepancies.all().forEach(odd -> eventRoute.found(configuration.name(), odd));
        try {
            serve(platform, cleanup, mailboxes, remembered, events);
        } catch (Exception e) {
            // no container is to stay frozen until somebody starts this agent again
            recovery.await(e);
            throw e;
        }
    }

    private void serve(Platform platform, Cleanup cleanup, Mailboxes mailboxes, RememberedMigrations remembered,
            MigrationEvents events) throws Exception {
        BrokerClient client = BrokerClient.from(configuration.properties());
        broker = Optional.of(client);
        context.addComponent("jms", BrokerComponent.of(client));
        TpmComponent tpmComponent = new TpmComponent();
        tpmComponent.setDevice(configuration.tpm());
        context.addComponent("tpm", tpmComponent);
        CriuComponent criu = new CriuComponent();
        criu.getConfiguration().setRuntime(platform.runtime());
        context.addComponent("criu", criu);

        PlatformIdentity identity;
        try (Tpm tpm = Tpm.open(configuration.tpm())) {
            identity = PlatformIdentity.openOrCreate(configuration.home().resolve("identity"), tpm);
        }
        TrustStore trust = new TrustStore(configuration.trust());
        enrol(identity, trust);
        BatchSelfTest.run(SELF_TEST);
        CamelLinks links = new CamelLinks(context.createProducerTemplate(), platform.migrations());
        Rehearsal rehearsal = new Rehearsal((id, batch) -> links.send(configuration.name(), id, batch));
        migrationRoutes(platform, cleanup, mailboxes, remembered, events, identity, trust, links, rehearsal);
        jolokia = JolokiaEndpoint.start(configuration.properties());
        rehearsal.run(configuration.run(), REHEARSAL);
        ReadyFile.write(configuration.run());
        LOG.info("{} takes migrations", configuration.name());
    }

    private void enrol(PlatformIdentity identity, TrustStore trust) throws Exception {
        context.addRoutes(new EnrolmentRoute(configuration.name(), identity, trust,
                configuration.revocationRefresh()));
        try (ProducerTemplate producer = context.createProducerTemplate()) {
            if (identity.isEnrolled() && trust.isComplete()) {
                // before any message is taken that was signed by somebody who has been thrown out meanwhile
                producer.sendBody(Direct.FETCH_REVOCATIONS, null);
                return;
            }
            Exchange result = producer.send(Direct.ENROL, exchange -> {
            });
            if (result.getException() != null) {
                throw new IOException(configuration.name() + " cannot enrol: " + result.getException().getMessage(),
                        result.getException());
            }
        }
        LOG.info("{} is enrolled", configuration.name());
    }

    private void migrationRoutes(Platform platform, Cleanup cleanup, Mailboxes mailboxes,
            RememberedMigrations remembered, MigrationEvents events, PlatformIdentity identity, TrustStore trust,
            CamelLinks links, Rehearsal rehearsal) throws Exception {
        AppraisalPolicy policy = configuration.policy() == null
                ? AppraisalPolicy.certifiedOnly()
                : AppraisalPolicy.read(configuration.policy());
        SourceStages source = new SourceStages(platform, links, new RootfsScanner());
        Attesting attesting = new Attesting(platform, new Appraiser(trust, policy), identity);
        DestinationStages destination = new DestinationStages(platform, links,
                ChunkStore.open(configuration.home().resolve("chunks"), CHUNK_STORE_BYTES), new RootfsBuilder(),
                configuration.admission() == null ? Admission.DEFAULT : Admission.read(configuration.admission()),
                new StreamArrivals(mailboxes));
        EventSigning signing = new EventSigning(() -> eventKey(identity));

        context.addRoutes(new VerifyRequestRoute(trust));
        context.addRoutes(new KeyRoute(identity));
        context.addRoutes(new AttestingRoute(platform, attesting, source, destination, mailboxes));
        context.addRoutes(new PreparingRoute(platform, destination));
        context.addRoutes(new SyncingRoute(platform, source));
        context.addRoutes(new TransferringRoute(platform, attesting, source));
        context.addRoutes(new StopcopyRoute(platform, source));
        context.addRoutes(new RestoringRoute(platform, attesting, destination));
        context.addRoutes(new CommittingRoute(platform, attesting, source, destination, cleanup));
        context.addRoutes(new ReleasingRoute(platform, cleanup, destination));
        signing.prepare();
        context.addRoutes(new EventTopicRoute(signing));
        context.addRoutes(new BatchRoute(platform, rehearsal));
        context.addRoutes(new WatchdogRoute(platform.migrations(), mailboxes));
        context.addRoutes(new QueryRoute(platform,
                new OperatorOrders(platform.migrations(), mailboxes, remembered, discrepancies), attesting, events,
                discrepancies));
        context.addRoutes(new RequestRoute(platform, mailboxes, events, discrepancies));
        context.addRoutes(new OfferedRoute(platform, mailboxes, attesting));
        context.addRoutes(new ControlRoute(platform, mailboxes, remembered, attesting));
        control.open(links);
    }

    private EventKey eventKey(PlatformIdentity identity) throws IOException {
        return EventKey.certifiedBy(identity.platformCertificate(),
                bytes -> Base64.getDecoder().decode(context.createFluentProducerTemplate().to(Direct.SIGN)
                        .withBody(bytes).request(String.class)));
    }

    @Override
    public void close() throws IOException {
        jolokia.ifPresent(JolokiaEndpoint::close);
        context.stop();
        broker.ifPresent(BrokerClient::close);
        journal.close();
        run.close();
        home.close();
    }
}
