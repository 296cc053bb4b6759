package dev.caravan.tpm;

import java.security.PublicKey;
import java.security.cert.Certificate;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.support.DefaultProducer;

/** Does what its endpoint's operation says, once for each exchange; the result becomes the body. */
public class TpmProducer extends DefaultProducer {
    private final TpmEndpoint endpoint;

    /** @param endpoint that makes it */
    public TpmProducer(TpmEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (endpoint.getOperation().needsTpm()) {
            endpoint.getComponent().watch(endpoint.getConfiguration());
        }
    }

    @Override
    public void process(Exchange exchange) throws Exception {
        Object result = switch (endpoint.getOperation()) {
            case READ_EK_CERTIFICATE -> endpoint.tpm().ekCertificate();
            case CREATE_AIK -> endpoint.tpm().createAik();
            case CREATE_SIGNING_KEY -> endpoint.tpm().createSigningKey();
            case SIGN -> endpoint.tpm().sign(key(exchange), bytes(exchange));
            case CERTIFY -> endpoint.tpm().certify(key(exchange),
                    header(exchange, TpmConstants.CERTIFIED_KEY, TpmKey.class), bytes(exchange));
            case VERIFY_CERTIFICATION -> CertifyVerifier.verify(
                    exchange.getMessage().getMandatoryBody(Certification.class), publicKey(exchange),
                    header(exchange, TpmConstants.EXTRA_DATA, byte[].class), certifiedPublicArea(exchange));
            case MAKE_CREDENTIAL -> CredentialMaker.make(publicKey(exchange),
                    header(exchange, TpmConstants.KEY_NAME, byte[].class), bytes(exchange));
            case ACTIVATE_CREDENTIAL -> endpoint.tpm().activateCredential(key(exchange),
                    exchange.getMessage().getMandatoryBody(Credential.class));
            case READ_PCRS -> endpoint.tpm().readPcrs(pcrs(exchange));
            case EXTEND_PCR -> extend(exchange);
            case QUOTE -> endpoint.tpm().quote(key(exchange), bytes(exchange), pcrs(exchange));
            case VERIFY_QUOTE -> QuoteVerifier.verify(exchange.getMessage().getMandatoryBody(Quote.class),
                    publicKey(exchange), header(exchange, TpmConstants.EXTRA_DATA, byte[].class), pcrs(exchange));
        };
        exchange.getMessage().setBody(result);
    }

    private Object extend(Exchange exchange) throws CamelExchangeException, InvalidPayloadException {
        endpoint.tpm().extendPcr(header(exchange, TpmConstants.PCR, Integer.class), bytes(exchange));
        return exchange.getMessage().getBody();
    }

    private PcrSelection pcrs(Exchange exchange) {
        return PcrSelection.parse(exchange.getMessage().getHeader(TpmConstants.PCRS,
                endpoint.getConfiguration().getPcrs(), String.class));
    }

    private static TpmKey key(Exchange exchange) throws CamelExchangeException {
        return header(exchange, TpmConstants.KEY, TpmKey.class);
    }

    /** A route has the key in what an operation before gave: a certificate or a TPM's key. */
    private static PublicKey publicKey(Exchange exchange) throws CamelExchangeException {
        Object holder = exchange.getMessage().getHeader(TpmConstants.PUBLIC_KEY);
        if (holder instanceof Certificate certificate) {
            return certificate.getPublicKey();
        }
        if (holder instanceof TpmKey key) {
            return key.publicKey();
        }
        return header(exchange, TpmConstants.PUBLIC_KEY, PublicKey.class);
    }

    /** A verifier has the public area only, whoever tries it out the TPM's key. */
    private static byte[] certifiedPublicArea(Exchange exchange) throws CamelExchangeException {
        Object certified = exchange.getMessage().getHeader(TpmConstants.CERTIFIED_KEY);
        return certified instanceof TpmKey key
                ? key.publicArea()
                : header(exchange, TpmConstants.CERTIFIED_KEY, byte[].class);
    }

    private static byte[] bytes(Exchange exchange) throws InvalidPayloadException {
        return exchange.getMessage().getMandatoryBody(byte[].class);
    }

    private static <T> T header(Exchange exchange, String name, Class<T> type) throws CamelExchangeException {
        T value = exchange.getMessage().getHeader(name, type);
        if (value == null) {
            throw new CamelExchangeException("header " + name + " of type " + type.getSimpleName() + " is missing",
                    exchange);
        }
        return value;
    }
}
