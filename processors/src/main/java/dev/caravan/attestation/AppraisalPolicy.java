package dev.caravan.attestation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reference values, as {@code schema/appraisal-policy.schema.json} has them.
 *
 * @param pcrs      PCRs that must be quoted, each with the values allowed; an empty set allows any
 * @param platforms names of platforms that are trusted; empty for all that both authorities certify
 */
public record AppraisalPolicy(SortedMap<Integer, Set<String>> pcrs, Set<String> platforms) {
    private static final int MAX_BYTES = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Takes every platform that both authorities certify; PCRs 0 to 7 are quoted, with any value. */
    public static AppraisalPolicy certifiedOnly() {
        SortedMap<Integer, Set<String>> any = new TreeMap<>();
        for (int pcr = 0; pcr < 8; pcr++) {
            any.put(pcr, Set.of());
        }
        return new AppraisalPolicy(any, Set.of());
    }

    /** Reads a policy. */
    public static AppraisalPolicy read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException("policy " + file + " is longer than " + MAX_BYTES + " bytes");
        }
        JsonNode node;
        try {
            node = WireJson.tree(Files.readAllBytes(file));
        } catch (MalformedJson e) {
            throw new IOException("policy " + file + ": " + e.getMessage(), e);
        }
        String faults;
        try (InputStream schema = AppraisalPolicy.class.getResourceAsStream("/schema/appraisal-policy.schema.json")) {
            faults = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema).validate(node)
                    .stream().map(ValidationMessage::getMessage).sorted().collect(Collectors.joining("; "));
        }
        if (!faults.isEmpty()) {
            throw new IOException("policy " + file + ": " + faults);
        }
        SortedMap<Integer, Set<String>> pcrs = new TreeMap<>();
        node.path("pcrs").properties().forEach(pcr -> {
            Set<String> values = new TreeSet<>();
            pcr.getValue().forEach(value -> values.add(value.asText()));
            pcrs.put(Integer.valueOf(pcr.getKey()), values);
        });
        Set<String> platforms = new TreeSet<>();
        node.path("platforms").forEach(name -> platforms.add(name.asText()));
        return new AppraisalPolicy(pcrs, platforms);
    }

    /** A policy that allows exactly the values that some platforms have now, as JSON. */
    public static byte[] allowing(List<? extends Map<Integer, byte[]>> platforms) throws IOException {
        SortedMap<Integer, Set<String>> pcrs = new TreeMap<>();
        for (Map<Integer, byte[]> values : platforms) {
            values.forEach((pcr, value) -> pcrs.computeIfAbsent(pcr, any -> new TreeSet<>())
                    .add(HexFormat.of().formatHex(value)));
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(Map.of("pcrs", pcrs));
    }

    /** The PCRs that must be quoted. */
    public PcrSelection selection() {
        return PcrSelection.of(pcrs.keySet());
    }
}
