package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.EnrolmentRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Admits a platform: from then on its agent may enrol by itself. */
@Command(name = "enrol", mixinStandardHelpOptions = true, description = "Admit a platform by its name and its TPM's EK certificate; its agent then enrols by itself.", footerHeading = "%nExample:%n", footer = {
        "  openssl x509 -in ek.pem -outform der | sha256sum", "  caravan enrol gamma --ek-sha256 5f0c…"})
public final class EnrolCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "HOST", description = "The platform's name.")
    private String host;
    @Option(names = "--ek-sha256", required = true, paramLabel = "HEX", description = "SHA-256 of the EK certificate (DER). An agent that is refused says what its own is.")
    private String fingerprint;

    @Override
    public Integer call() {
        try (OperatorClient client = options.connect()) {
            JsonNode result = client.admit(EnrolmentRequest.admit(host, fingerprint), options.answerWithin());
            if (result.has("error")) {
                throw new CommandFailed(CommandFailed.USAGE, result.path("error").asText());
            }
            spec.commandLine().getOut()
                    .println(options.json() ? result.toString() : host + " is admitted; its agent may enrol.");
            return 0;
        }
    }
}
