// Wraps Material's search worker, whose file is named after the question mark, for two things.
//
// The words of the book are fetched with the first query and not with the first page: search_index.json is empty, the
// documents stand in search_documents.json. And the index holds words as they are written and is asked for "сетями*",
// which finds no "сети": so every word of a query is also searched by its stem, at half weight.
const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3;
const listen = self.addEventListener.bind(self);
let answer, setup, loaded;

self.addEventListener = (type, listener) => (type === "message" ? (answer = listener) : listen(type, listener));
importScripts(`./${location.search.slice(1)}`);

async function load() {
  const response = await fetch(new URL("../../../search/search_documents.json", location.href));
  setup.data.docs = await response.json();
  await answer({ data: setup });
}

listen("message", async (event) => {
  if (event.data.type === SETUP) {
    setup = event.data;
    postMessage({ type: READY });
    return;
  }
  if (event.data.type === QUERY && !loaded && !event.data.data) {
    postMessage({ type: RESULT, data: { items: [] } });  // the theme asks for nothing once a page has loaded
    return;
  }
  if (event.data.type === QUERY) await (loaded ??= load());
  await answer(event);
});

const { search } = lunr.Index.prototype;

function stem(word) {
  const stemmer = /^[а-яё]{4,}$/.test(word) ? lunr.ru?.stemmer : /^[a-z]{4,}$/.test(word) ? lunr.stemmer : null;
  return stemmer ? stemmer(new lunr.Token(word, {})).toString() : word;
}

lunr.Index.prototype.search = function (query) {
  const wanted = query.split(/\s+/).filter((term) => /^\+?[^-].*\*$/.test(term));
  const words = wanted.map((term) => term.replace(/^\+|\*$/g, "").toLowerCase());
  const roots = words.map((word) => [word, stem(word)]).filter(([word, root]) => root !== word && root.length > 2);
  const results = search.call(this, [query, ...roots.map(([, root]) => `${root}*^0.5`)].join(" "));
  for (const { matchData } of results)
    for (const [word, root] of roots)  // or the theme would say "Missing: сетями" beside every other form of it
      if (Object.keys(matchData.metadata).some((term) => term.startsWith(root))) matchData.metadata[word] ??= {};
  return results;
};
