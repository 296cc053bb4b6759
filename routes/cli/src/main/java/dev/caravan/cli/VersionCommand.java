package dev.caravan.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the versions of Caravan, Camel and Java. */
@Command(name = "version", description = "Print the versions of Caravan, Camel and Java.")
public final class VersionCommand implements Callable<Integer>, CommandLine.IVersionProvider {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        for (String line : getVersion()) {
            spec.commandLine().getOut().println(line);
        }
        return 0;
    }

    @Override
    public String[] getVersion() {
        String own = Optional.ofNullable(Caravan.class.getPackage().getImplementationVersion()).orElse("development");
        return new String[]{"caravan " + own, "camel " + new org.apache.camel.impl.DefaultCamelContext().getVersion(),
                "java " + Runtime.version()};
    }
}
