package dev.caravan.stage;

import dev.caravan.bundle.Admission;
import dev.caravan.bundle.Bundle;
import dev.caravan.bundle.BundleRejected;
import dev.caravan.bundle.BundleRules;
import dev.caravan.bundle.Findings;
import dev.caravan.image.ImageRejected;
import dev.caravan.image.ImageRules;
import dev.caravan.migration.ContainerDescription;
import dev.caravan.migration.MigrationFailed;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Judges a container's configuration. The source refuses what no destination takes, so that nothing of it is sent; what
 * depends on the admission policy is the destination's to say, which judges everything again.
 */
public final class AdmissionCheck {
    private static final BundleRules EVERYWHERE = new BundleRules(Admission.DEFAULT);

    private final String platform;
    private final BundleRules rules;
    private final ImageRules images;

    /**
     * @param platform  the name of this platform
     * @param admission what it allows beyond the default
     */
    public AdmissionCheck(String platform, Admission admission) {
        this.platform = platform;
        this.rules = new BundleRules(admission);
        this.images = new ImageRules(admission::allowsCapability);
    }

    /** At the source: requires that there may be a destination that takes this container. */
    public static void requireMovable(String container, Bundle bundle) {
        Findings findings = EVERYWHERE.judge(bundle);
        if (!findings.never().isEmpty()) {
            throw MigrationFailed.refused("bundle", "the configuration of " + container + " cannot move: "
                    + findings.neverReason());
        }
    }

    /**
     * At the destination: requires that this platform takes the container.
     *
     * @return its configuration, with host paths as they are here
     */
    public Bundle requireAdmitted(String container, ContainerDescription description) {
        Bundle bundle;
        try {
            bundle = Bundle.parse(description.config()).withRealPaths();
        } catch (BundleRejected e) {
            throw MigrationFailed.refused("bundle", platform + " does not take " + container + ": " + e.getMessage());
        }
        Findings findings = rules.judge(bundle);
        if (findings.count() > 0) {
            throw MigrationFailed.refused(findings.never().isEmpty() ? "admission" : "bundle",
                    platform + " does not take " + container + ": " + findings.reason());
        }
        if ((bundle.network() == Bundle.Network.NAMED) != (description.network() != null)) {
            throw MigrationFailed.refused("bundle", platform + " does not take " + container
                    + ": its network and what its configuration says of it do not belong together");
        }
        return bundle;
    }

    /** At the destination: requires that the images in a directory give the container no more than its bundle does. */
    void requireAdmitted(String container, Bundle bundle, Path directory) throws IOException {
        try {
            images.require(directory, bundle);
        } catch (ImageRejected e) {
            throw MigrationFailed.refused("images", platform + " does not take " + container + ": " + e.getMessage());
        }
    }
}
