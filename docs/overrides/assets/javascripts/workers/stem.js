// Wraps Material's search worker, whose file is named after the question mark. Its index holds words as they are written
// and is asked for "сетями*", which finds no "сети": so every word of a query is also searched by its stem, at half weight.
importScripts(`./${location.search.slice(1)}`);

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
