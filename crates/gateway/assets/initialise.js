// What Swagger UI shows, and how. Tokens that are pasted are kept by nobody.
window.ui = SwaggerUIBundle({
  url: "/docs/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  validatorUrl: null,
  persistAuthorization: false,
  oauth2RedirectUrl: `${window.location.origin}/docs/oauth2-redirect.html`,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
window.ui.initOAuth({ usePkceWithAuthorizationCodeGrant: true, scopes: ["openid", "fhirUser", "user/*.cruds"] });
