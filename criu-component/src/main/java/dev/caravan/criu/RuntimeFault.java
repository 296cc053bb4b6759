package dev.caravan.criu;

import java.util.Objects;

/** Something that a container runtime could not do: one sentence that says why, and the log that shows it. */
public abstract class RuntimeFault extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String cause;
    private final transient LogExcerpt log;

    RuntimeFault(String what, String cause, LogExcerpt log, Throwable origin) {
        super(what + ": " + cause, origin);
        this.cause = Objects.requireNonNull(cause);
        this.log = log;
    }

    /** @return one sentence for a person: what stands in the way, and what to do where that is known */
    public String cause() {
        return cause;
    }

    /** @return where the whole log is, and its end */
    public LogExcerpt log() {
        return log == null ? LogExcerpt.NONE : log;
    }
}
