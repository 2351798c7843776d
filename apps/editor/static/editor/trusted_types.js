/* The policies of Trusted Types (https://w3c.github.io/trusted-types/dist/spec/): under /admin/, browsers that know them let
   no script use a string as HTML or as code, except through this file, which every page loads first. Other browsers do the
   same without these checks. */

{
  const desk = (window.desk ??= {});
  const ELEMENTS = new Set(
    `a b bdi bdo br button caption code col colgroup del div em fieldset form h1 h2 h3 h4 h5 h6 hr i img input ins kbd label
    legend li mark ol optgroup option p pre q s select small span strong sub sup table tbody td textarea tfoot th thead time
    tr ul`.split(/\s+/),
  );
  const ADDRESSES = new Set(["action", "formaction", "href", "src"]);
  const create = (name, rules) => window.trustedTypes?.createPolicy(name, rules) ?? rules;

  /* HTML that goes nowhere but into a document without scripts. Nobody else can have a policy of this name. */
  const inert = create("desk", { createHTML: (html) => html });

  const protocol = (address) => {
    try {
      return new URL(address, document.baseURI).protocol;
    } catch {
      return "";
    }
  };
  const isSafeAddress = (address) => ["http:", "https:", "mailto:"].includes(protocol(address));
  const isSafe = ({ name, value }) => !name.startsWith("on") && (!ADDRESSES.has(name) || isSafeAddress(value));

  /** Return whether HTML has only elements and attributes that neither run nor load anything. */
  const isHarmless = (html) => {
    const template = document.createElement("template");
    template.innerHTML = inert.createHTML(html);
    return [...template.content.querySelectorAll("*")].every(
      (element) => ELEMENTS.has(element.localName) && [...element.attributes].every(isSafe),
    );
  };

  /* What a script that knows nothing of policies may set: jQuery and Select2 build their elements from strings. A policy
     that returns null refuses the string. */
  create("default", { createHTML: (html) => (isHarmless(html) ? html : null), createScript: () => null, createScriptURL: () => null });

  /** Return a document made of HTML from anywhere, such as the clipboard. It runs nothing. */
  desk.parsed = (html) => new DOMParser().parseFromString(inert.createHTML(html), "text/html");

  /** Show a document in a frame. Throws an error unless the frame runs no scripts. */
  desk.showInFrame = (frame, page) => {
    if (!frame.hasAttribute("sandbox") || frame.sandbox.contains("allow-scripts")) throw new Error("The frame may run scripts.");
    frame.srcdoc = inert.createHTML(`<!DOCTYPE html>${page.documentElement.outerHTML}`);
  };
}
