package dev.caravan.criu;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a machine offers to checkpoint and restore.
 *
 * @param requirements
 *            each need, in the order to mend them
 */
public record EnvironmentReport(List<Requirement> requirements) {

    /** Copies the list. */
    public EnvironmentReport {
        requirements = List.copyOf(requirements);
    }

    /** @return whether nothing is missing */
    public boolean fit() {
        return requirements.stream().noneMatch(need -> need.standing() == Requirement.Standing.MISSING);
    }

    /** @return one line a need */
    public List<String> lines() {
        return requirements.stream().map(Requirement::line).toList();
    }

    /** @return what is missing and how to mend it, as one sentence; "nothing" if it is fit */
    public String shortfall() {
        return fit()
                ? "nothing"
                : requirements.stream().filter(need -> need.standing() == Requirement.Standing.MISSING)
                        .map(need -> need.name() + " (" + need.found() + "): " + need.fix())
                        .collect(Collectors.joining("; "));
    }
}
