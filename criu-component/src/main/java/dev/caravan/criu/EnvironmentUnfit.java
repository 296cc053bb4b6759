package dev.caravan.criu;

/** This machine lacks something that is needed. */
public final class EnvironmentUnfit extends RuntimeFault {

    private static final long serialVersionUID = 1;

    private final transient EnvironmentReport report;

    /**
     * @param report
     *            that is not {@link EnvironmentReport#fit()}
     */
    public EnvironmentUnfit(EnvironmentReport report) {
        super("This machine cannot checkpoint and restore containers", report.shortfall(), LogExcerpt.NONE, null);
        this.report = report;
    }

    /** @return every line of the check; null after serialisation */
    public EnvironmentReport report() {
        return report;
    }
}
