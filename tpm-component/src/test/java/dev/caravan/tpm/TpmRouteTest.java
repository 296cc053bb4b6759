package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TpmRouteTest extends CamelTestSupport {
    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;

    @BeforeAll
    static void start() throws Exception {
        swtpm = SwtpmProcess.start(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        if (swtpm != null) {
            swtpm.close();
        }
    }

    @Override
    protected RouteBuilder createRouteBuilder() {
        return new RouteBuilder() {
            @Override
            public void configure() {
                getCamelContext().getComponent("tpm", TpmComponent.class).setDevice(swtpm.address());
                from("direct:attest").setProperty("nonce", body()).to("tpm:create-aik")
                        .setHeader(TpmConstants.KEY, body()).setBody(exchangeProperty("nonce"))
                        .to("tpm:quote?pcrs=0,7")
                        .process(e -> e.getMessage().setHeader(TpmConstants.PUBLIC_KEY,
                                e.getMessage().getHeader(TpmConstants.KEY, TpmKey.class).publicKey()))
                        .to("tpm:verify-quote?pcrs=0,7");
                from("direct:quote").to("tpm:quote");
            }
        };
    }

    @Test
    void aRouteQuotesAndVerifies() {
        byte[] nonce = {1, 2, 3};
        VerifiedQuote quote = template.requestBodyAndHeader("direct:attest", nonce, TpmConstants.EXTRA_DATA, nonce,
                VerifiedQuote.class);
        assertThat(quote.pcrs()).containsOnlyKeys(0, 7);
    }

    @Test
    void aQuoteForAnotherNonceFailsTheExchange() {
        assertThatThrownBy(() -> template.requestBodyAndHeader("direct:attest", new byte[]{1}, TpmConstants.EXTRA_DATA,
                new byte[]{2})).isInstanceOf(CamelExecutionException.class).rootCause()
                .isInstanceOf(QuoteRejected.class);
    }

    @Test
    void aMissingHeaderIsNamed() {
        assertThatThrownBy(() -> template.requestBody("direct:quote", new byte[]{1})).rootCause()
                .hasMessageContaining(TpmConstants.KEY);
    }

    @Test
    void anUnknownOperationIsRefusedWithTheOnesThatExist() {
        assertThatThrownBy(() -> context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:wrong").to("tpm:reset");
            }
        })).isInstanceOf(FailedToCreateRouteException.class).rootCause().isNotNull();
        assertThatThrownBy(() -> TpmOperation.ofUri("reset")).hasMessageContaining("verify-quote");
    }
}
