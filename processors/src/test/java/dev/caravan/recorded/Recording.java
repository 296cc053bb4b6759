package dev.caravan.recorded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.authority.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A migration of {@code it-alpha} to {@code it-beta} as an earlier version did it; see README.md beside the recordings. */
final class Recording {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String version;

    /** @param body of a large batch the header alone, filled up with zeros */
    record Message(String address, Map<String, String> headers, byte[] body, boolean whole) {
        byte[] header(String name) {
            return Base64.getDecoder().decode(headers.get(name));
        }

        X509Certificate certificate() throws IOException {
            return Pem.certificate(header("caravan_certificate"));
        }
    }

    Recording(String version) {
        this.version = version;
    }

    /** All recordings that this version must understand. */
    static Stream<Recording> all() {
        return Stream.of(new Recording("v1"));
    }

    /** The messages to addresses that end so, in their order. */
    List<Message> messages(String address) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode one : json("messages.json")) {
            if (!one.path("address").asText().endsWith(address)) {
                continue;
            }
            Map<String, String> headers = new TreeMap<>();
            one.path("headers").properties().forEach(h -> headers.put(h.getKey(), h.getValue().asText()));
            boolean text = one.has("text");
            byte[] body = text
                    ? one.path("text").asText().getBytes(StandardCharsets.UTF_8)
                    : Base64.getDecoder().decode(one.path("base64").asText());
            int bytes = text ? body.length : one.path("bytes").asInt();
            messages.add(new Message(one.path("address").asText(), headers, Arrays.copyOf(body, bytes),
                    bytes == body.length));
        }
        return messages;
    }

    /** Control messages of migrations that do not go well; not signed. */
    List<byte[]> otherControlMessages() {
        return StreamSupport.stream(json("control.json").spliterator(), false)
                .map(message -> message.asText().getBytes(StandardCharsets.UTF_8)).toList();
    }

    /** A part that is JSON. */
    JsonNode json(String file) {
        try (InputStream in = open(file)) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A certificate of an authority of then. */
    X509Certificate authority(String file) throws IOException, GeneralSecurityException {
        try (InputStream in = open(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(in.readAllBytes()));
        }
    }

    /** Copies a host's journal. */
    Path journal(String host, Path directory) throws IOException {
        Path copy = directory.resolve("journal.db");
        try (InputStream in = open("journal-" + host + ".db")) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private InputStream open(String file) {
        return Recording.class.getResourceAsStream(version + "/" + file);
    }

    @Override
    public String toString() {
        return version;
    }
}
