package dev.caravan.agent.jolokia;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsExchange;
import dev.caravan.broker.UserName;
import dev.caravan.wire.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets through what comes from the console or from a person's program, after the log-in: no page of another origin, no
 * name that was rebound to this address, nothing that changes anything but by POST, nothing without bounds.
 */
final class RequestGuard {
    /** The header in which the console names the user whose request it passes on. */
    static final String USER = "Caravan-User";

    private static final Logger LOG = LoggerFactory.getLogger(RequestGuard.class);
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]|localhost");
    private static final Pattern HOST = Pattern.compile("([^:\\[\\]]+|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?");
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z]{1,32})=([A-Za-z0-9/+.%-]{0,64})");
    /** Those that Hawtio sends. Not {@code p}, which holds a whole request, and not {@code callback}. */
    private static final Set<String> PARAMETERS = Set.of("maxDepth", "maxCollectionSize", "maxObjects", "serializeLong",
            "ignoreErrors", "includeStackTrace", "serializeException", "canonicalNaming", "mimeType", "includeRequest",
            "ifModifiedSince", "listCache");
    private static final int PATIENCE_SECONDS = 10;

    private final String host;
    private final String context;
    private final Pattern readPath;
    /** One at a time: what a migration needs of the processors is not Jolokia's. */
    private final Semaphore turn = new Semaphore(1, true);

    /**
     * @param host    the name or address that is listened on
     * @param context the path of Jolokia
     */
    RequestGuard(String host, String context) {
        this.host = host;
        this.context = context;
        this.readPath = Pattern.compile(Pattern.quote(context) + "(/(version|read|search|list)(/.*)?)?/?");
    }

    /** A handler that passes on to another what is let through. Not a filter: those run before the log-in. */
    HttpHandler before(HttpHandler next) {
        return exchange -> handle(exchange, next);
    }

    private void handle(HttpExchange exchange, HttpHandler next) throws IOException {
        try {
            if (exchange.getPrincipal() == null) {
                throw new RequestRefused(401, "nobody has logged in");
            }
            checkHost(exchange.getRequestHeaders());
            checkOrigin(exchange);
            checkCall(exchange);
            serve(exchange, next, caller(exchange));
        } catch (RequestRefused e) {
            LOG.warn("{} of {} from {} is refused: {}", exchange.getRequestMethod(),
                    Excerpt.value(exchange.getRequestURI().getRawPath()), exchange.getRemoteAddress().getAddress(),
                    e.getMessage());
            answer(exchange, e);
        }
    }

    /** A page whose name was rebound to this address sends that name; addresses cannot be rebound. */
    private void checkHost(Headers headers) throws RequestRefused {
        String given = headers.getFirst("Host");
        var matcher = HOST.matcher(given == null ? "" : given);
        if (!matcher.matches()
                || !(ADDRESS.matcher(matcher.group(1)).matches() || matcher.group(1).equalsIgnoreCase(host))) {
            throw new RequestRefused(403,
                    "Host is \"" + Excerpt.value(given) + "\"; an address, localhost and \"" + host
                            + "\" are allowed: set caravan.jolokia.host to the name that is to be used");
        }
    }

    private static void checkOrigin(HttpExchange exchange) throws RequestRefused {
        Headers headers = exchange.getRequestHeaders();
        String own = (exchange instanceof HttpsExchange ? "https://" : "http://") + headers.getFirst("Host");
        String origin = headers.getFirst("Origin");
        if (origin != null && !origin.equalsIgnoreCase(own)) {
            throw new RequestRefused(403, "Origin is \"" + Excerpt.value(origin) + "\"; only " + own + " is allowed");
        }
        String referer = headers.getFirst("Referer");
        if (referer != null && !own.equalsIgnoreCase(origin(referer))) {
            throw new RequestRefused(403, "Referer is \"" + Excerpt.value(referer) + "\"; only " + own + " is allowed");
        }
        String site = headers.getFirst("Sec-Fetch-Site");
        if (site != null && !Set.of("same-origin", "none").contains(site)) {
            throw new RequestRefused(403,
                    "Sec-Fetch-Site is \"" + Excerpt.value(site) + "\"; only same-origin is allowed");
        }
    }

    private static String origin(String url) {
        try {
            URI uri = URI.create(url);
            return uri.getScheme() + "://" + uri.getRawAuthority();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private void checkCall(HttpExchange exchange) throws RequestRefused, IOException {
        String path = exchange.getRequestURI().getRawPath();
        switch (exchange.getRequestMethod()) {
            case "GET" -> {
                if (!readPath.matcher(path).matches()) {
                    throw new RequestRefused(405, "GET only reads (" + context
                            + "/version, read, search, list); everything else needs POST");
                }
            }
            case "POST" -> {
                if (!path.equals(context) && !path.equals(context + "/")) {
                    throw new RequestRefused(404, "POST goes to " + context);
                }
                byte[] body = RequestBody.read(exchange.getRequestBody(),
                        exchange.getRequestHeaders().getFirst("Content-Length"));
                exchange.setStreams(new ByteArrayInputStream(body), null);
            }
            default -> throw new RequestRefused(405, "the method is \"" + Excerpt.value(exchange.getRequestMethod())
                    + "\"; GET and POST are allowed");
        }
        checkParameters(exchange.getRequestURI().getRawQuery());
    }

    private static void checkParameters(String query) throws RequestRefused {
        if (query == null || query.isEmpty()) {
            return;
        }
        for (String parameter : query.split("&", -1)) {
            var matcher = PARAMETER.matcher(parameter);
            if (!matcher.matches() || !PARAMETERS.contains(matcher.group(1))
                    || RequestBody.LIMITS.contains(matcher.group(1))
                            && !RequestBody.LIMIT.matcher(matcher.group(2)).matches()) {
                throw new RequestRefused(400, "the query has \"" + Excerpt.value(parameter) + "\"; allowed are "
                        + String.join(", ", PARAMETERS.stream().sorted().toList()) + ", limits from 1 to 999999");
            }
        }
    }

    private static String caller(HttpExchange exchange) throws RequestRefused {
        String user = exchange.getRequestHeaders().getFirst(USER);
        if (user == null) {
            return exchange.getPrincipal().getUsername() + " (Jolokia)";
        }
        if (!UserName.is(user)) {
            throw new RequestRefused(400, USER + " is \"" + Excerpt.value(user)
                    + "\"; 1 to 64 letters, digits and _ . @ + - are allowed");
        }
        return user + " (console)";
    }

    private void serve(HttpExchange exchange, HttpHandler next, String caller) throws IOException, RequestRefused {
        try {
            if (!turn.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new RequestRefused(503, "too many requests at a time; try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestRefused(503, "the agent is stopping");
        }
        Caller.enter(caller);
        try {
            next.handle(exchange);
        } finally {
            Caller.leave();
            turn.release();
        }
    }

    private static void answer(HttpExchange exchange, RequestRefused why) throws IOException {
        byte[] body = why.getMessage().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        if (why.status() == 405) {
            exchange.getResponseHeaders().set("Allow", "GET, POST");
        }
        // what was not read of the request is not waited for
        exchange.getResponseHeaders().set("Connection", "close");
        exchange.sendResponseHeaders(why.status(), exchange.getRequestMethod().equals("HEAD") ? -1 : body.length);
        if (!exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
