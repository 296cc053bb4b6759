package dev.caravan.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What judging a configuration found: nothing, or all that is not taken. Of each kind the first {@value #MAX_KEPT} are
 * kept, however many a hostile configuration has.
 */
public final class Findings {
    static final int MAX_KEPT = 32;
    private static final int MAX_REASON = 800;

    private final List<Finding> never = new ArrayList<>();
    private final List<Finding> unadmitted = new ArrayList<>();
    private int neverCount;
    private int unadmittedCount;

    void add(Finding finding) {
        List<Finding> kind = finding.setting() == null ? never : unadmitted;
        if (kind.size() < MAX_KEPT) {
            kind.add(finding);
        }
        if (finding.setting() == null) {
            neverCount++;
        } else {
            unadmittedCount++;
        }
    }

    /** How many there are, also of those that were not kept. */
    public int count() {
        return neverCount + unadmittedCount;
    }

    /** What no destination takes, whatever its admission policy is. */
    public List<Finding> never() {
        return List.copyOf(never);
    }

    /** What this admission policy does not allow, but another one may. */
    public List<Finding> unadmitted() {
        return List.copyOf(unadmitted);
    }

    /** What is never taken, in a sentence of at most 900 characters. */
    public String neverReason() {
        return reason(never, neverCount);
    }

    /** Everything, in a sentence of at most 900 characters. */
    public String reason() {
        return reason(Stream.concat(never.stream(), unadmitted.stream()).toList(), count());
    }

    private static String reason(List<Finding> findings, int count) {
        StringBuilder reason = new StringBuilder();
        int told = 0;
        for (Finding finding : findings) {
            String next = (told == 0 ? "" : "; ") + finding;
            if (told > 0 && reason.length() + next.length() > MAX_REASON) {
                break;
            }
            reason.append(next);
            told++;
        }
        return told == count ? reason.toString() : reason + "; and " + (count - told) + " more";
    }
}
