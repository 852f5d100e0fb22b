// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;
import org.jspecify.annotations.Nullable;

/** Finds the route for a path and a method. Immutable, thread safe. */
final class RouteTable {
    private final PathMappings<Methods> paths = new PathMappings<>();

    /** The routes of one template, by method. */
    private record Methods(UriTemplatePathSpec template, Map<String, Route> routes) {}

    RouteTable(List<Route> routes) {
        Map<String, Map<String, Route>> byTemplate = new LinkedHashMap<>();
        for (Route route : routes) {
            Map<String, Route> methods = byTemplate.computeIfAbsent(route.template(), t -> new TreeMap<>());
            if (methods.put(route.method(), route) != null) {
                throw new IllegalArgumentException("two routes for " + route.method() + " " + route.template());
            }
        }
        byTemplate.forEach((template, methods) -> {
            UriTemplatePathSpec spec = new UriTemplatePathSpec(template);
            paths.put(spec, new Methods(spec, methods));
        });
    }

    /** The result of a look-up. */
    sealed interface Match {
        record Found(Route route, Map<String, String> parameters) implements Match {}

        /** The path exists, but only for these methods. */
        record WrongMethod(SortedSet<String> allowed) implements Match {}

        record Nothing() implements Match {}

        /** The path is another spelling of a path, so it is not looked up. */
        record NotCanonical() implements Match {}
    }

    /** Finds a route. HEAD uses the route of GET; the server's HTTP layer omits the body (RFC 9110, section 9.3.2). */
    Match find(String method, String path) {
        @Nullable MatchedResource<Methods> matched = paths.getMatched(path);
        if (matched == null) {
            return new Match.Nothing();
        }
        Methods methods = matched.getResource();
        Route route = methods.routes.get(method.equals("HEAD") ? "GET" : method);
        if (route == null) {
            SortedSet<String> allowed = new TreeSet<>(methods.routes.keySet());
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            return new Match.WrongMethod(allowed);
        }
        return new Match.Found(route, methods.template.getPathParams(path));
    }
}
