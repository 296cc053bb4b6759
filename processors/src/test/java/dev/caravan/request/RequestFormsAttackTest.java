package dev.caravan.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.caravan.wire.Excerpt;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as other programs write them: each is taken, or refused in a sentence that helps its sender. */
class RequestFormsAttackTest {
    private final UUID id = UUID.randomUUID();
    private final String now = Instant.now().toString();
    private final String end = Instant.now().plusSeconds(100).toString();

    private String request(String field, String value) {
        String json = """
                      {"id":"%s","container":"web","source":"alpha","destination":"beta","mode":"stopcopy",\
                      "issuedAt":"%s","expiresAt":"%s"}""".formatted(id, now, end);
        String replaced = json.replaceFirst("\"" + field + "\":\"[^\"]*\"",
                java.util.regex.Matcher.quoteReplacement("\"" + field + "\":" + value));
        assertThat(replaced).isNotEqualTo(json);
        return replaced;
    }

    private static RequestRejected refusal(byte[] json) {
        Throwable thrown = catchThrowable(() -> MigrationRequest.parse(json));
        assertThat(thrown).isInstanceOf(RequestRejected.class);
        assertThat(thrown.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(Excerpt.REASON)
                .doesNotContain("java.", "jackson", "Exception", "Source", "\n");
        return (RequestRejected) thrown;
    }

    private static RequestRejected refusal(String json) {
        return refusal(json.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2026-01-01", "2026-01-01T10:00:00", "2026-01-01 10:00:00Z", "2026-01-01T24:00:00Z",
            "2026-06-30T23:59:60Z", "2026-01-01t10:00:00z", "2026-02-30T10:00:00Z", "1767225600",
            "2026-01-01T10:00:00+0200", "2026-01-01T10:00:00,5Z", "+12026-01-01T00:00:00Z",
            "2026-01-01T10:00:00+01:00[Europe/Paris]", "2026-01-01T10:00:00.1234567891Z",
            "2026-01-01T10:00:00Z\\n"})
    void aTimeThatIsNoneIsNamedWithAnExample(String time) {
        assertThat(refusal(request("issuedAt", "\"" + time + "\""))).hasMessageContaining("issuedAt is \"")
                .hasMessageContaining("for example 2026-01-31T23:59:59Z");
        assertThat(refusal(request("expiresAt", "\"" + time + "\""))).hasMessageContaining("expiresAt is \"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1767225600", "1767225600.5", "1e400", "null", "true", "[]", "{}"})
    void aTimeThatIsNoTextIsNamed(String time) {
        assertThat(refusal(request("issuedAt", time))).hasMessageContaining("issuedAt");
    }

    @Test
    void aTimeWithAnOffsetIsTheSameInstant() {
        Instant issued = Instant.now();
        String offset = OffsetDateTime.ofInstant(issued, ZoneOffset.ofHours(2)).toString();
        assertThat(MigrationRequest
                .parse(request("issuedAt", "\"" + offset + "\"").getBytes(StandardCharsets.UTF_8)).issuedAt())
                .isEqualTo(issued);
    }

    @ParameterizedTest
    @CsvSource({"id", "container", "source", "destination", "mode"})
    void aNameWithALineEndBehindItIsRefused(String field) {
        String good = field.equals("id") ? id.toString() : field.equals("mode") ? "stopcopy" : "gamma";
        for (String tail : new String[]{"\\n", "\\r", "\\r\\n", "\\u0085", "\\u2028", "\\u2029", "\\u0000", " "}) {
            assertThat(refusal(request(field, "\"" + good + tail + "\""))).hasMessageContaining(field + " is ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../web", "-web", "my web", "a,b", "$(id)", "${env:HOME}", "bücher", "wеb", "web‮",
            "<img src=x onerror=alert(1)>", ""})
    void aNameThatIsNoneIsNamed(String name) {
        assertThat(refusal(request("container", "\"" + name + "\""))).hasMessageContaining("container is ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "[\"web\"]", "{\"a\":1}", "null", "true"})
    void aNameThatIsNoTextIsNamed(String name) {
        assertThat(refusal(request("container", name))).hasMessageContaining("container is ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32BE", "UTF-32LE"})
    void otherEncodingsThanUtf8AreRefused(String charset) {
        refusal(request("mode", "\"stopcopy\" ").getBytes(Charset.forName(charset)));
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] latin = request("container", "\"café\"").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(refusal(latin)).hasMessageContaining("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "null", "17", "\"{}\"", "[{}]", "{", "{}{}", "{\"a\":1,}", "/* a */{}",
            "{'a':1}",
            "{\"a\":NaN}"})
    void whatIsNoRequestIsRefused(String json) {
        refusal(json);
    }

    @Test
    void whatStandsBehindARequestIsRefused() {
        String good = request("mode", "\"stopcopy\" ");
        for (String tail : new String[]{"{}", "\0", "x", "]"}) {
            assertThat(refusal(good + tail)).hasMessageContaining("cannot be read");
        }
    }

    @Test
    void aKeyThatComesTwiceIsRefusedHoweverItIsWritten() {
        assertThat(refusal(request("mode", "\"stopcopy\",\"container\":\"db\""))).hasMessageContaining("Duplicate");
        assertThat(refusal(request("mode", "\"stopcopy\",\"cont\\u0061iner\":\"db\"")))
                .hasMessageContaining("Duplicate");
    }

    @Test
    void manyFaultsMakeAShortReason() {
        String keys = IntStream.range(0, 1800).mapToObj(i -> "\"" + i + "\":1").collect(Collectors.joining(","));
        assertThat(refusal("{" + keys + "}")).hasMessageContaining("; and 1");
        assertThat(refusal("{\"" + "x".repeat(16_000) + "\":1}").getMessage()).hasSizeLessThan(Excerpt.REASON);
        assertThat(refusal(request("container", "\"" + "w".repeat(9000) + "\"")).getMessage()).hasSizeLessThan(400);
    }

    @Test
    void depthAndLengthOfWhatIsInsideAreBounded() {
        refusal("[".repeat(8000));
        refusal("{\"a\":".repeat(3000));
        refusal(request("mode", "\"stopcopy\",\"x\":" + "9".repeat(9000)));
        refusal(request("mode", "\"stopcopy\",\"x\":" + "[".repeat(900) + "]".repeat(900)));
    }

    @Test
    void anIdentityInUpperCaseIsRefusedAndAnsweredAsItWasWritten() {
        String upper = id.toString().toUpperCase(java.util.Locale.ROOT);
        String json = request("id", "\"" + upper + "\"");
        assertThat(refusal(json)).hasMessageContaining("id is ");
        assertThat(MigrationRequest.claimedId(json.getBytes(StandardCharsets.UTF_8))).isEqualTo(upper);
    }

    @Test
    void theIdentityThatASenderMeansIsFoundInWhateverItSent() {
        assertThat(claimed("{\"id\":\"A-1\",\"mode\":")).isEqualTo("A-1");
        assertThat(claimed("{\"id\":7}")).isEqualTo("7");
        assertThat(claimed("{\"id\":\"x\\n\"}")).isEqualTo("x\n");
        assertThat(claimed("{\"id\":\"" + "x".repeat(101) + "\"}")).isNull();
        assertThat(claimed("{\"id\":null}")).isNull();
        assertThat(claimed("{\"id\":\"\"}")).isNull();
        assertThat(claimed("rubbish")).isNull();
        assertThat(claimed("{\"id\":\"early\"," + "x".repeat(100_000))).isEqualTo("early");
    }

    private static String claimed(String json) {
        return MigrationRequest.claimedId(json.getBytes(StandardCharsets.UTF_8));
    }
}
