package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import dev.caravan.attestation.AppraisalPolicy;
import dev.caravan.attestation.Appraiser;
import dev.caravan.attestation.Evidence;
import dev.caravan.attestation.Verdict;
import dev.caravan.event.MigrationEvents;
import dev.caravan.query.OperatorQuery;
import dev.caravan.wire.Excerpt;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a host for fresh evidence and appraises it here. */
@Command(name = "attest", mixinStandardHelpOptions = true, description = "Ask a host for fresh evidence and appraise it here, by this operator's trust and policy.", footerHeading = "%nExamples:%n", footer = {
        "  caravan attest beta", "  caravan attest beta --json"})
public final class AttestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "HOST", description = "The platform's name.")
    private String host;

    @Override
    public Integer call() throws IOException {
        OperatorConfiguration configuration = options.configuration();
        AppraisalPolicy policy = configuration.policy() == null
                ? AppraisalPolicy.certifiedOnly()
                : AppraisalPolicy.read(configuration.policy());
        Verdict verdict;
        try (OperatorClient client = options.connect(configuration)) {
            OperatorQuery query = OperatorQuery.attest(host, policy.selection());
            JsonNode reply = client.ask(query, options.answerWithin()).requireVerified().get(0).data();
            verdict = new Appraiser(configuration.trusted(), policy).appraise(evidence(reply), host,
                    query.extraData(host));
        }
        Map<String, String> pcrs = new TreeMap<>();
        if (verdict.quote() != null) {
            verdict.quote().pcrs().forEach((pcr, value) -> pcrs.put(pcr.toString(), HexFormat.of().formatHex(value)));
        }
        if (options.json()) {
            spec.commandLine().getOut().println(MigrationEvents.toJson(Map.of("host", host, "verdict", verdict.label(),
                    "verified", true, "reasons", verdict.reasons(), "pcrs", pcrs)));
        } else {
            spec.commandLine().getOut().println(host + " is " + verdict.label() + ":");
            verdict.reasons().forEach(reason -> spec.commandLine().getOut().println("  " + reason));
        }
        return verdict.affirming() ? 0 : CommandFailed.REFUSED;
    }

    private Evidence evidence(JsonNode reply) throws IOException {
        JsonNode evidence = reply.path("result").path("evidence");
        if (!evidence.isTextual()) {
            throw new CommandFailed(CommandFailed.REFUSED, host + " answered without evidence");
        }
        try {
            return Evidence.parse(evidence.binaryValue());
        } catch (IllegalArgumentException | InvalidFormatException e) {
            throw new CommandFailed(CommandFailed.REFUSED, host + " showed no evidence: "
                    + Excerpt.reason(e.getMessage()));
        }
    }
}
