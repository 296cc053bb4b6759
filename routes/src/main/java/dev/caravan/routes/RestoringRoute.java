package dev.caravan.routes;

import static dev.caravan.control.ControlType.HELD;
import static dev.caravan.routes.Direct.QUOTE;
import static dev.caravan.routes.Direct.tell;
import static dev.caravan.routes.Steps.at;
import static dev.caravan.routes.Steps.step;

import dev.caravan.control.ControlBodies.Held;
import dev.caravan.criu.HeldRestore;
import dev.caravan.handover.Reactions;
import dev.caravan.handover.Step;
import dev.caravan.journal.Stage;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.DestinationStages;
import dev.caravan.stage.Platform;
import dev.caravan.tpm.Quote;

/**
 * Restoring: the destination restores the container up to the commit gate, where every process exists and none has run,
 * and quotes its TPM once more, bound to everything that it received.
 */
public final class RestoringRoute extends StageRoutes {
    private final Attesting attesting;
    private final DestinationStages destination;

    public RestoringRoute(Platform platform, Attesting attesting, DestinationStages destination) {
        super(platform);
        this.attesting = attesting;
        this.destination = destination;
    }

    @Override
    public void configure() {
        errorHandler(noErrorHandler());

        from(Direct.of(Reactions.RESTORE)).routeId("restore")
                .process(enter(Stage.RESTORING))
                .process(step(Step.RESTORE, at(attesting::keepReceived)))
                .process(at(destination::requireAdmittedImages))
                .process(at(destination::releaseReserve))
                .toD(ModePart.RESTORE.ofExchange())
                .process(at(HeldRestore.class, destination::hold))
                .process(step(Step.REPORT_HELD, at(attesting::requestHeldQuote)))
                .to(QUOTE)
                .process(at(Quote.class, attesting::showHeld))
                .process(at(Held.class, destination::keepHeld))
                // a message that is not sent may have arrived: only the source knows from here on
                .to(tell(HELD));

        from(Direct.of(Reactions.REPORT_HELD)).routeId("report-held")
                .process(step(Step.REPORT_HELD, at(attesting::requestHeldQuote)))
                .to(QUOTE)
                .process(at(Quote.class, attesting::showHeld))
                .process(at(Held.class, destination::keepHeld))
                .to(tell(HELD));
    }
}
