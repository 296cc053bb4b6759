package dev.caravan.agent;

import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TrustStore;
import dev.caravan.bundle.Admission;
import dev.caravan.criu.CriuComponent;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.Outcome;
import dev.caravan.host.Discrepancies;
import dev.caravan.memory.Rehearsal;
import dev.caravan.migration.BatchLink;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.rootfs.ChunkStore;
import dev.caravan.rootfs.RootfsBuilder;
import dev.caravan.rootfs.RootfsScanner;
import dev.caravan.routes.AttestingRoute;
import dev.caravan.routes.BatchRoute;
import dev.caravan.routes.CommittingRoute;
import dev.caravan.routes.ControlRoute;
import dev.caravan.routes.Direct;
import dev.caravan.routes.KeyRoute;
import dev.caravan.routes.Mailboxes;
import dev.caravan.routes.OfferedRoute;
import dev.caravan.routes.PreparingRoute;
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
import dev.caravan.routes.request.VerifyRequestRoute;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Cleanup;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.stage.SourceStages;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;

/** All of an agent that moves containers, as {@link AgentApplication} puts it together, without what tells others of it. */
public final class AgentRoutes {
    private static final long CHUNK_STORE_BYTES = 1 << 30;

    private final CamelContext context;
    private final Platform platform;
    private final Mailboxes mailboxes;
    private final Recovery recovery;

    public AgentRoutes(CamelContext context, Platform platform, BatchLink links, PlatformIdentity identity,
            TrustStore trust, Path home) throws Exception {
        this.context = context;
        this.platform = platform;
        CriuComponent criu = new CriuComponent();
        criu.getConfiguration().setRuntime(platform.runtime());
        context.addComponent("criu", criu);
        Cleanup cleanup = new Cleanup(platform);
        mailboxes = new Mailboxes(context);
        RememberedMigrations remembered = new RememberedMigrations(platform, cleanup);
        MigrationEvents events = new MigrationEvents(platform.name());
        Discrepancies discrepancies = new Discrepancies();
        recovery = new Recovery(platform, mailboxes, remembered, discrepancies);
        SourceStages source = new SourceStages(platform, links, new RootfsScanner());
        Attesting attesting = new Attesting(platform, new Appraiser(trust, AppraisalPolicy.certifiedOnly()), identity);
        DestinationStages destination = new DestinationStages(platform, links,
                ChunkStore.open(home.resolve("chunks"), CHUNK_STORE_BYTES), new RootfsBuilder(), Admission.DEFAULT,
                new StreamArrivals(mailboxes));
        context.addRoutes(recovery);
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(Direct.PUBLISH).stop();
            }
        });
        context.addRoutes(new VerifyRequestRoute(trust));
        context.addRoutes(new KeyRoute(identity));
        context.addRoutes(new ReplyRoute(platform));
        context.addRoutes(new RollingBackRoute(platform, cleanup));
        context.addRoutes(new RepeatingRoute(platform));
        context.addRoutes(new AttestingRoute(platform, attesting, source, destination, mailboxes));
        context.addRoutes(new PreparingRoute(platform, destination));
        context.addRoutes(new SyncingRoute(platform, source));
        context.addRoutes(new TransferringRoute(platform, attesting, source));
        context.addRoutes(new StopcopyRoute(platform, source));
        context.addRoutes(new RestoringRoute(platform, attesting, destination));
        context.addRoutes(new CommittingRoute(platform, attesting, source, destination, cleanup));
        context.addRoutes(new ReleasingRoute(platform, cleanup, destination));
        context.addRoutes(new BatchRoute(platform, new Rehearsal((id, batch) -> {
        })));
        context.addRoutes(new WatchdogRoute(platform.migrations(), mailboxes));
        context.addRoutes(new RequestRoute(platform, mailboxes, events, discrepancies));
        context.addRoutes(new OfferedRoute(platform, mailboxes, attesting));
        context.addRoutes(new ControlRoute(platform, mailboxes, remembered, attesting));
    }

    /** Takes up what was cut off, then messages. */
    public void start() {
        context.start();
        recovery.run();
    }

    /** What an operator's wish does here. */
    public void cancel(UUID id) {
        platform.migrations().find(id).ifPresent(migration -> mailboxes.cancel(migration,
                new MigrationFailed(Outcome.CANCELLED, "cancelled", "an operator cancelled the migration")));
    }
}
