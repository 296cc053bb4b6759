package dev.caravan.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An object that has the listed members and no others; their names count as they are spelled. */
final class ObjectRule implements Rule {
    private final Map<String, Rule> members = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();

    /** Allows a member. */
    ObjectRule may(String name, Rule rule) {
        members.put(name, rule);
        return this;
    }

    /** Allows a member that must be there. */
    ObjectRule must(String name, Rule rule) {
        required.add(name);
        return may(name, rule);
    }

    @Override
    public void check(JsonNode value, Place place) {
        if (!value.isObject()) {
            place.refuse(value, "an object is allowed");
            return;
        }
        required.stream().filter(name -> !value.has(name))
                .forEach(name -> place.at(name).refuse("missing", "it must be there"));
        value.properties().forEach(member -> {
            Rule rule = members.get(member.getKey());
            if (rule != null) {
                rule.check(member.getValue(), place.at(member.getKey()));
            } else {
                place.at(member.getKey()).refuse(member.getValue(), unknown(member.getKey()));
            }
        });
    }

    private String unknown(String name) {
        Optional<String> meant = members.keySet().stream().filter(known -> known.equalsIgnoreCase(name)).findFirst();
        return meant.map(known -> "the runtime takes it for \"" + known + "\": write it so")
                .orElse("no field of this name is taken");
    }
}
