package dev.caravan.wire;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchRejected;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a later version says in another form is refused as such. */
class FormTest {
    @Test
    void aRequestOfALaterFormIsRefusedAndSaysWhatToDo() throws Exception {
        MigrationRequest request = new MigrationRequest(UUID.randomUUID(), "web", "alpha", "beta", "stopcopy",
                Instant.now(), Instant.now().plusSeconds(60));
        assertThatThrownBy(() -> MigrationRequest.parse(later(request.toJson()))).isInstanceOf(RequestRejected.class)
                .hasMessageContaining("the request says that its form has version 2")
                .hasMessageContaining("upgrade Caravan");
    }

    @Test
    void aQueryOfALaterFormIsRefusedAndSaysWhatToDo() throws Exception {
        byte[] query = OperatorQuery.of(OperatorQuery.Kind.LIST, null, null).toJson();
        assertThatThrownBy(() -> OperatorQuery.parse(later(query))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("form has version 2").hasMessageContaining("upgrade Caravan");
    }

    @Test
    void aBatchOfALaterFormIsRefusedByItsVersion() {
        byte[] wire = new byte[64];
        wire[0] = 'C';
        wire[1] = 'R';
        wire[2] = 'V';
        wire[3] = 'B';
        wire[4] = 2;
        assertThatThrownBy(() -> BatchHeader.read(wire)).isInstanceOf(BatchRejected.class)
                .hasMessageContaining("its header has version 2, version 1 is read here");
    }

    private static byte[] later(byte[] json) throws MalformedJson {
        ObjectNode document = (ObjectNode) WireJson.tree(json);
        document.put("version", 2).put("surprise", true);
        return WireJson.write(document);
    }
}
