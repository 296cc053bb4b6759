package dev.caravan.event;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.caravan.journal.Stage;
import java.util.Locale;

/** How a migration ended, and the exit code by which the command line tells it. */
public enum Outcome {
    COMPLETED(0), ROLLED_BACK(1), REFUSED(3), CANCELLED(1), IN_DOUBT(5);

    private final int exitCode;

    Outcome(int exitCode) {
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }

    /** The outcome's name in reports, for example {@code rolled-back}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The final stage that goes with this outcome. */
    public Stage stage() {
        return Stage.valueOf(name());
    }
}
