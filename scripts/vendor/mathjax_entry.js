// Entry file of the MathJax bundle: TeX in, MathML out, no DOM and no Node. Bundled by build.py into mathjax.js.
// Packages that keep state between formulas (newcommand, tags) are left out: every formula converts the same
// wherever it stands, so that the result may be cached by content.
import { mathjax } from "@mathjax/src/mjs/mathjax.js";
import { TeX } from "@mathjax/src/mjs/input/tex.js";
import { liteAdaptor } from "@mathjax/src/mjs/adaptors/liteAdaptor.js";
import { RegisterHTMLHandler } from "@mathjax/src/mjs/handlers/html.js";
import { SerializedMmlVisitor } from "@mathjax/src/mjs/core/MmlTree/SerializedMmlVisitor.js";
import { TEXCLASS } from "@mathjax/src/mjs/core/MmlTree/MmlNode.js";
import { STATE } from "@mathjax/src/mjs/core/MathItem.js";
import "@mathjax/src/mjs/input/tex/base/BaseConfiguration.js";
import "@mathjax/src/mjs/input/tex/ams/AmsConfiguration.js";
import "@mathjax/src/mjs/input/tex/boldsymbol/BoldsymbolConfiguration.js";

RegisterHTMLHandler(liteAdaptor());
const page = mathjax.document("", {
  InputJax: new TeX({
    packages: ["base", "ams", "boldsymbol"],
    tags: "none",
    formatError: (_, error) => {
      throw error;
    },
  }),
});

const LENGTHS = { thinmathspace: "0.167em", mediummathspace: "0.222em", thickmathspace: "0.278em" };

/** Writes what browsers cannot know down as attributes: the space that TeX sets before an atom, and which sign is an accent. */
class Visitor extends SerializedMmlVisitor {
  getAttributes(node) {
    const space = LENGTHS[node.texSpacing()];
    const sign = node.isKind("mover") || node.isKind("munder") ? node.childNodes[1]?.coreMO?.() : null;
    const accent = sign?.getProperty("mathaccent") !== undefined || sign?.attributes.isSet("accent");
    return (
      super.getAttributes(node) +
      (space ? ` data-space="${space}"` : "") +
      (accent && sign.attributes.get("accent") ? ' data-accent="true"' : "")
    );
  }
}

const visitor = new Visitor();

/** Returns [MathML, null] or [null, the message of the TeX error]. */
globalThis.texToMathML = (tex, display) => {
  try {
    const root = page.convert(tex, { display, end: STATE.CONVERT });
    root.walkTree((node) => {
      if (node.isKind("mfrac")) node.texClass = TEXCLASS.ORD; // unset, and then nothing keeps its distance from a fraction
    });
    root.setTeXclass(null);
    return JSON.stringify([visitor.visitTree(root), null]);
  } catch (error) {
    return JSON.stringify([null, error.message || String(error)]);
  }
};
