package dev.caravan;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Which package of this module may know which. Between modules the poms see to it. */
class RoomsTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void noTwoPackagesNeedEachOther() {
        slices().matching("dev.caravan.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theStreamKnowsNothingOfWhatItCarries() {
        noClasses().that().resideInAPackage("dev.caravan.stream").should().dependOnClassesThat()
                .resideInAnyPackage("dev.caravan.memory", "dev.caravan.rootfs", "dev.caravan.image",
                        "dev.caravan.migration", "dev.caravan.stage")
                .check(CLASSES);
    }

    @Test
    void trustIsDecidedWithoutTheStateOfAMigration() {
        noClasses().that()
                .resideInAnyPackage("dev.caravan.attestation", "dev.caravan.authority", "dev.caravan.session")
                .should().dependOnClassesThat()
                .resideInAnyPackage("dev.caravan.migration", "dev.caravan.handover", "dev.caravan.stage")
                .check(CLASSES);
    }

    @Test
    void theMethodItselfKnowsNoCamel() {
        noClasses().should().dependOnClassesThat()
                .resideInAPackage("org.apache.camel..").check(CLASSES);
    }
}
