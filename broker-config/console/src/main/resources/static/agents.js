// Hawtio keeps its connections in the browser: put the configured agents there before a link is followed.
const KEY = 'connect.connections'
fetch('agents.json')
  .then(answer => answer.json())
  .then(agents => {
    const known = JSON.parse(localStorage.getItem(KEY) || '{}')
    localStorage.setItem(KEY, JSON.stringify({ ...known, ...agents }))
    document.getElementById('agents').dataset.ready = 'true'
  })
