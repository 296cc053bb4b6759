package dev.caravan.agent.jolokia;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.wire.Excerpt;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.regex.Pattern;

/** The JSON of a request to Jolokia: one request, or a bulk of them. */
final class RequestBody {
    static final int MAX_BYTES = 128 * 1024;
    static final int MAX_BULK = 200;
    /** Requests in a bulk that list all MBeans, each of which makes an answer of megabytes. */
    static final int MAX_LISTS = 2;

    /** What bounds an answer. Zero would lift the endpoint's own bound. */
    static final List<String> LIMITS = List.of("maxDepth", "maxCollectionSize", "maxObjects");
    static final Pattern LIMIT = Pattern.compile("[1-9]\\d{0,5}");

    private RequestBody() {
    }

    /**
     * Reads a body that is not larger than it may be.
     *
     * @param length the length that the sender claims, or null
     */
    static byte[] read(InputStream in, String length) throws IOException, RequestRefused {
        if (length != null && (length.length() > 9 || Integer.parseInt(length) > MAX_BYTES)) {
            if (length.length() <= 6) {
                // the sender of a little too much hears why only if it can send all of it
                in.transferTo(OutputStream.nullOutputStream());
            }
            throw tooLarge();
        }
        byte[] body = in.readNBytes(MAX_BYTES + 1);
        if (body.length > MAX_BYTES) {
            throw tooLarge();
        }
        check(body);
        return body;
    }

    private static RequestRefused tooLarge() {
        return new RequestRefused(413, "the request is larger than " + MAX_BYTES + " bytes; ask for less at a time");
    }

    private static void check(byte[] body) throws RequestRefused {
        JsonNode json;
        try {
            json = WireJson.tree(body);
        } catch (MalformedJson e) {
            throw new RequestRefused(400, "the body cannot be taken: " + e.getMessage());
        }
        if (!json.isArray() && !json.isObject()) {
            throw new RequestRefused(400, "the body is neither a request nor an array of requests");
        }
        int lists = 0;
        if (json.isArray() && json.size() > MAX_BULK) {
            throw new RequestRefused(413,
                    "the bulk has " + json.size() + " requests; at most " + MAX_BULK + " are allowed");
        }
        for (JsonNode request : json.isArray() ? json : List.of(json)) {
            checkLimits(request.path("config"));
            lists += "list".equalsIgnoreCase(request.path("type").asText()) ? 1 : 0;
        }
        if (lists > MAX_LISTS) {
            throw new RequestRefused(413,
                    "the bulk has " + lists + " requests of type list; at most " + MAX_LISTS + " are allowed");
        }
    }

    private static void checkLimits(JsonNode config) throws RequestRefused {
        for (String limit : LIMITS) {
            if (config.has(limit) && !LIMIT.matcher(config.path(limit).asText()).matches()) {
                throw new RequestRefused(400, "config has " + limit + " \"" + Excerpt.value(config.path(limit).asText())
                        + "\"; 1 to 999999 is allowed");
            }
        }
    }
}
