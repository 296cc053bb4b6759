package dev.caravan.console;

import java.io.ByteArrayOutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks agents' Jolokia, within bounds of time and size, so that one that is down or floods holds up nobody. */
final class AgentClient {
    static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofSeconds(15);
    static final int MAX_ANSWER = 16 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AgentClient.class);

    private final HttpClient http;

    /** @param tls whom it trusts */
    AgentClient(SSLContext tls) {
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER).sslContext(tls).build();
    }

    /**
     * Asks by POST, or by GET without a body.
     *
     * @param rest what follows Jolokia's URL: a path or a query, escaped
     * @param body JSON, or null
     * @param user on whose behalf; the agent believes it
     * @return its answer, or in a sentence why there is none
     */
    AgentAnswer ask(MonitoredAgent agent, String rest, byte[] body, String user) {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(agent.url() + rest));
        } catch (IllegalArgumentException e) {
            return AgentAnswer.error(400, "the path is no URL");
        }
        String logIn = Base64.getEncoder()
                .encodeToString((agent.user() + ":" + agent.password()).getBytes(StandardCharsets.UTF_8));
        request.header("Authorization", "Basic " + logIn).header("Caravan-User", user).timeout(PATIENCE);
        if (body != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(body));
        }
        return send(agent, request.build());
    }

    private AgentAnswer send(MonitoredAgent agent, HttpRequest request) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        CompletableFuture<HttpResponse<Void>> answer = http.sendAsync(request,
                BodyHandlers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> {
                    if (received.size() + bytes.length > MAX_ANSWER) {
                        throw new IllegalStateException("the answer is larger than " + MAX_ANSWER + " bytes");
                    }
                    received.writeBytes(bytes);
                })));
        try {
            int status = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).statusCode();
            return switch (status) {
                case 200 -> new AgentAnswer(200, "application/json", received.toByteArray());
                // the browser would ask the user for what is the console's to know
                case 401 -> unreachable(agent, 502, "refuses the console's log-in: compare caravan.jolokia.user and"
                        + " caravan.jolokia.password-file of both");
                default -> new AgentAnswer(status, "text/plain;charset=UTF-8", received.toByteArray());
            };
        } catch (TimeoutException e) {
            answer.cancel(true);
            return unreachable(agent, 504, "did not answer within " + PATIENCE.toSeconds() + " s");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            boolean away = cause instanceof ConnectException || cause instanceof HttpTimeoutException;
            return unreachable(agent, away ? 504 : 502, away
                    ? "cannot be reached: is its agent running?"
                    : "gave no answer that can be passed on: " + cause.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unreachable(agent, 503, "was not asked: the console stops");
        }
    }

    private static AgentAnswer unreachable(MonitoredAgent agent, int status, String why) {
        LOG.warn("{} {}", agent, why);
        return AgentAnswer.error(status, agent.name() + " " + why);
    }
}
